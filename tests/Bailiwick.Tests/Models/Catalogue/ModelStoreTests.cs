using Bailiwick.Models.Catalogue;
using Bailiwick.Models.Import;
using Bailiwick.Models.Weights;
using Bailiwick.Tests.Models.Weights;

namespace Bailiwick.Tests.Models.Catalogue;

public sealed class ModelStoreTests
{
    private static string Small => Repository.Fixture("families", "gguf", "models", "llama.Q4_0.gguf");

    [Fact]
    public void Entry_DefaultModel_StatesItsFilesAndLicence()
    {
        var folder = Repository.Model("smollm2-135m-instruct");
        var entry = CatalogueJson.Read<CatalogueEntry>(Path.Combine(folder, "model.json"));
        Assert.All(entry.Files, file =>
        {
            Assert.Equal(file.Bytes, new FileInfo(Path.Combine(folder, file.Path)).Length);
            Assert.Equal(
                file.Sha256, Sha256Digest.OfFile(Path.Combine(folder, file.Path), null, CancellationToken.None));
        });
        Assert.Equal(
            entry.Licence.Sha256, Sha256Digest.OfFile(Path.Combine(folder, entry.Licence.File), null, CancellationToken.None));
        Assert.Equal(Openness.OpenSource, entry.Openness);
    }

    [Fact]
    public async Task TryResolve_NameAliasAndPinnedDigest_MeanTheBuild()
    {
        var built = await TestBuilds.DefaultModelAsync();
        var store = new ModelStore(Path.GetDirectoryName(Path.GetDirectoryName(built.Folder))!);
        foreach (var reference in (string[])[built.Name, $"smollm2@{built.BuildDigest[..8]}", $"{built.Name}@{built.BuildDigest}"])
        {
            Assert.True(store.TryResolve(reference, out var build, out var sentence), sentence);
            Assert.Equal(built.Name, build!.Name);
        }
    }

    [Theory]
    [InlineData("nothing", "No model 'nothing'")]
    [InlineData("llama.q4_0@1234", "too few digits")]
    [InlineData("llama.q4_0@0000000000", "No build of 'llama.q4_0@0000000000'")]
    public async Task TryResolve_UnknownReference_SaysWhatThereIs(string reference, string expected)
    {
        using var folder = new TemporaryFolder();
        await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions());
        Assert.False(new ModelStore(folder.Path).TryResolve(reference, out _, out var sentence));
        Assert.Contains(expected, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_UntouchedBuild_Passes()
    {
        using var folder = new TemporaryFolder();
        var built = await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions());
        Assert.Equal(built.BuildDigest, Sha256Digest.OfTree(Assert.Single(new ModelStore(folder.Path).List()).Files));
        new ModelStore(folder.Path).Verify(new ModelStore(folder.Path).List()[0], CancellationToken.None);
    }

    [Theory]
    [Trait("Category", "Hostile")]
    [InlineData("model.onnx.data", "was changed")]
    [InlineData("tokenizer.json", "was changed")]
    [InlineData("genai_config.json", "was changed")]
    public async Task Verify_ChangedByte_NamesTheFile(string file, string reason)
    {
        using var folder = new TemporaryFolder();
        var built = await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions());
        var path = Path.Combine(built.Folder, file);
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        var store = new ModelStore(folder.Path);
        var refusal = Assert.Throws<BadModelException>(() => store.Verify(store.List()[0], CancellationToken.None));
        Assert.Equal(file, refusal.File);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Hostile")]
    public async Task Verify_FileThatWasNotBuilt_IsNamed()
    {
        using var folder = new TemporaryFolder();
        var built = await TestBuilds.ImportAsync(Small, folder.Path, new ImportOptions());
        File.WriteAllText(Path.Combine(built.Folder, "added.txt"), "");
        var store = new ModelStore(folder.Path);
        Assert.Equal(
            "added.txt", Assert.Throws<BadModelException>(() => store.Verify(store.List()[0], CancellationToken.None)).File);
    }
}
