using Bailiwick.Models.Catalogue;
using Bailiwick.Models.Import;
using Bailiwick.Models.Weights;
using Bailiwick.Tests.Models.Weights;

namespace Bailiwick.Tests.Models.Import;

public sealed class ModelImporterTests
{
    private static string Small => Repository.Fixture("families", "gguf", "models", "llama.Q4_0.gguf");

    [Fact]
    public async Task Import_DefaultModelTwice_GivesTheSameBytes()
    {
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        var one = await TestBuilds.ImportAsync(Repository.Model("smollm2-135m-instruct"), first.Path, new ImportOptions());
        var two = await TestBuilds.ImportAsync(Repository.Model("smollm2-135m-instruct"), second.Path, new ImportOptions());
        Assert.Equal(one.BuildDigest, two.BuildDigest);
        var names = Directory.EnumerateFiles(one.Folder).Select(Path.GetFileName).Order().ToList();
        Assert.Equal(
            ["chat_template.jinja", "genai_config.json", "model.onnx", "model.onnx.data", "tokenizer.json", "tokenizer_config.json"], names);
        Assert.All(names, name => Assert.True(
            File.ReadAllBytes(Path.Combine(one.Folder, name!)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(two.Folder, name!))), name));
    }

    [Fact]
    public async Task Import_KnownSource_IsReusedWithoutBuilding()
    {
        using var folder = new TemporaryFolder();
        var phases = new List<ImportPhase>();
        var first = await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions());
        var again = await ModelImporter.ImportAsync(
            new ImportRequest(Small, folder.Path, new ImportOptions()), new Recorder(phases), (_, _) => Task.CompletedTask, CancellationToken.None);
        Assert.False(first.Reused);
        Assert.True(again.Reused);
        Assert.Equal(first.BuildDigest, again.BuildDigest);
        Assert.Equal([ImportPhase.Reading], phases.Distinct());
    }

    [Fact]
    public async Task Import_OtherOptions_GivesAnotherBuildAndTheNameMeansTheLast()
    {
        using var folder = new TemporaryFolder();
        var first = await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions());
        var second = await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions { PrunedHead = false });
        Assert.NotEqual(first.BuildDigest, second.BuildDigest);
        Assert.True(new ModelStore(folder.Path).TryResolve(first.Name, out var build, out _));
        Assert.Equal(second.BuildDigest, build!.Digest);
    }

    [Fact]
    public async Task Import_CheckRefuses_LeavesNoBuild()
    {
        using var folder = new TemporaryFolder();
        await Assert.ThrowsAsync<BadModelException>(() => ModelImporter.ImportAsync(
            new ImportRequest(Small, folder.Path, new ImportOptions()), new Recorder([]),
            (_, _) => throw new BadModelException("chat_template.jinja",
                "is refused by the test"), CancellationToken.None));
        AssertEmpty(folder.Path);
    }

    [Fact]
    public async Task Import_CancelledWhileBuilding_LeavesNoBuild()
    {
        using var folder = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();
        var progress = new Hook(value => { if (value.Phase == ImportPhase.Building) cancel.Cancel(); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ModelImporter.ImportAsync(
            new ImportRequest(Small, folder.Path, new ImportOptions()), progress, (_, _) => Task.CompletedTask, cancel.Token));
        AssertEmpty(folder.Path);
    }

    [Fact]
    public async Task Import_RemainsOfAnInterruptedImport_AreRemoved()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "building", "left"));
        await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions());
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "building", "left")));
    }

    [Fact]
    public async Task Import_TwoAtATime_GiveOneBuild()
    {
        using var folder = new TemporaryFolder();
        var both = await Task.WhenAll(
            TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions()), TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions()));
        Assert.Equal(both[0].BuildDigest, both[1].BuildDigest);
        Assert.Single(both, build => build.Reused);
    }

    [Fact]
    public async Task Import_FinishedGenAiFolder_IsTakenAsItIs()
    {
        using var folder = new TemporaryFolder();
        var built = await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions());
        var source = CopyOf(built.Folder, folder.File("finished"));
        var taken = await TestBuilds.ImportAsync(source, folder.File("other"), new ImportOptions());
        Assert.Equal(built.BuildDigest, taken.BuildDigest);
        Assert.Equal("finished", taken.Name);
    }

    [Fact]
    public async Task Import_ShorterContext_StatesItEverywhere()
    {
        using var folder = new TemporaryFolder();
        var built = await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions { ContextTokens = 128 });
        Assert.Contains(
            "\"context_length\": 128", File.ReadAllText(Path.Combine(built.Folder, "genai_config.json")), StringComparison.Ordinal);
        Assert.Equal(128, Assert.Single(new ModelStore(folder.Path).List()).ContextTokens);
    }

    internal static string CopyOf(string folder, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(folder)) File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return target;
    }

    private static void AssertEmpty(string root)
    {
        Assert.Empty(new ModelStore(root).List());
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(root, "building")));
        Assert.False(Directory.Exists(Path.Combine(root, "builds")));
    }

    private sealed class Recorder(List<ImportPhase> phases) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value)
        {
            lock (phases) phases.Add(value.Phase);
        }
    }

    private sealed class Hook(Action<ImportProgress> action) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => action(value);
    }
}
