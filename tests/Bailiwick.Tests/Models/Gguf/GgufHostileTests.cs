using System.Diagnostics;
using Bailiwick.Models.Gguf;
using Bailiwick.Tests.Models.Weights;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Models.Gguf;

[Trait("Category", "Hostile")]
public sealed class GgufHostileTests(ITestOutputHelper output)
{
    [Fact]
    public void Open_EveryBadFile_IsRefusedWithItsReason() =>
        output.WriteLine($"{BadFiles.AllRefused(".gguf", GgufFile.Open)} malformed GGUF files refused");

    [Fact]
    public void Open_EveryGoodFile_IsAccepted() => Assert.All(BadFiles.Named(".gguf", good: true), name =>
    {
        using var file = GgufFile.Open(BadFiles.Path(name));
        Assert.NotEmpty(file.Tensors);
    });

    [Fact]
    public void Open_SymbolicLinkToAGoodFile_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var link = folder.File("link.gguf");
        File.CreateSymbolicLink(link, BadFiles.Path("good.gguf"));
        BadFiles.Refusal(() => GgufFile.Open(link), "symbolic link");
    }

    [Fact]
    public void Open_FolderOrNothing_IsRefused()
    {
        using var folder = new TemporaryFolder();
        BadFiles.Refusal(() => GgufFile.Open(folder.Path), "not a regular file");
        BadFiles.Refusal(() => GgufFile.Open(folder.File("none.gguf")), "does not exist");
    }

    [Fact]
    public async Task Open_NamedPipe_IsRefusedWithoutWaitingForAWriter()
    {
        using var folder = new TemporaryFolder();
        var pipe = folder.File("pipe.gguf");
        using (var mkfifo = Process.Start("mkfifo", [pipe]))
        {
            await mkfifo.WaitForExitAsync();
            Assert.Equal(0, mkfifo.ExitCode);
        }

        var refusal = await Task.Run(() => BadFiles.Refusal(() => GgufFile.Open(pipe))).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("pipe.gguf", refusal.File);
    }

    [Fact]
    public void Open_EveryTruncationOfAGoodFile_IsRefused()
    {
        var good = File.ReadAllBytes(BadFiles.Path("good.gguf"));
        for (var length = 0; length < good.Length; length++)
        {
            var cut = good[..length];
            BadFiles.Refusal(() => GgufFile.FromBytes("cut.gguf", cut));
        }
    }

    [Fact]
    public void Fuzz_SeededMutantsOfTheCorpus_AreReadOrRefusedButNeverCrash()
    {
        var (accepted, refused) = FuzzRun.Over(FuzzRun.Corpus(".gguf", ofGood: 6000, ofBad: 100), GgufFuzz.Accepts);
        output.WriteLine($"GGUF mutants: {accepted} read, {refused} refused");
        Assert.True(accepted > 100 && refused > 4000, $"{accepted} read, {refused} refused: the mutants test too little");
    }
}
