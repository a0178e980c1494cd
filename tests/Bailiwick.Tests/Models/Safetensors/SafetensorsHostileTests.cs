using System.Text;
using Bailiwick.Models.Safetensors;
using Bailiwick.Models.Weights;
using Bailiwick.Tests.Models.Weights;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Models.Safetensors;

[Trait("Category", "Hostile")]
public sealed class SafetensorsHostileTests(ITestOutputHelper output)
{
    [Fact]
    public void Open_EveryBadFile_IsRefusedWithItsReason() =>
        output.WriteLine($"{BadFiles.AllRefused(".safetensors", SafetensorsFile.Open)} malformed safetensors files refused");

    [Fact]
    public void OpenIndex_EveryBadIndex_IsRefusedWithItsReason() =>
        output.WriteLine($"{BadFiles.AllRefused(".index.json", SafetensorsCheckpoint.OpenIndex)} malformed indexes refused");

    [Fact]
    public void Open_EveryGoodFile_IsAccepted() => Assert.All(BadFiles.Named(".safetensors", good: true), name =>
    {
        using var file = SafetensorsFile.Open(BadFiles.Path(name));
        Assert.NotEmpty(file.Tensors);
    });

    [Fact]
    public void Open_FolderWhoseFileIsASymbolicLink_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File(SafetensorsCheckpoint.SingleFile), BadFiles.Path("good.safetensors"));
        BadFiles.Refusal(() => SafetensorsCheckpoint.Open(folder.Path), "symbolic link");
    }

    [Fact]
    public void OpenIndex_ShardThatIsASymbolicLink_IsRefusedByTheNameOfTheShard()
    {
        using var folder = new TemporaryFolder();
        var index = folder.File(SafetensorsCheckpoint.IndexFile);
        File.WriteAllText(index, """{"weight_map":{"a":"s.safetensors"}}""");
        File.CreateSymbolicLink(folder.File("s.safetensors"), BadFiles.Path("good.safetensors"));
        var refusal = BadFiles.Refusal(() => SafetensorsCheckpoint.OpenIndex(index));
        Assert.Equal("s.safetensors", refusal.File);
        Assert.Contains("symbolic link", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderWithoutACheckpoint_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.False(SafetensorsCheckpoint.Exists(folder.Path));
        BadFiles.Refusal(() => SafetensorsCheckpoint.Open(folder.Path), "does not exist");
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"s.safetensors","a":"t.safetensors"}}""", "duplicate")]
    [InlineData("""{"weight_map":{},"weight_map":{}}""", "repeated member")]
    [InlineData("""{"metadata":{}}""", "lacks weight_map")]
    [InlineData("""{"weight_map":{"a":1}}""", "must be a string")]
    [InlineData("""{"weight_map":{"a":"..safetensors"}}""", "a path")]
    [InlineData("""{"weight_map":{"a":"s.bin"}}""", "a path")]
    [InlineData("""{"weight_map":{"a":"\ud800.safetensors"}}""", "surrogate")]
    [InlineData("""{"weight_map":{"../a":"s.safetensors"}}""", "looks like a path")]
    [InlineData("""{"metadata":[[[[[[1]]]]]],"weight_map":{}}""", "not valid JSON of at most 4 levels")]
    [InlineData("""{"weight_map":{}} {}""", "not valid JSON")]
    [InlineData("", "not valid JSON")]
    public void Index_Malformed_IsRefusedWithItsReason(string index, string reason)
    {
        var refusal = Assert.Throws<BadModelException>(
            () => SafetensorsIndex.Read("index.json", Encoding.UTF8.GetBytes(index)));
        Assert.StartsWith("index.json: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EveryTruncationOfAGoodFile_IsRefused()
    {
        var good = File.ReadAllBytes(BadFiles.Path("good.safetensors"));
        for (var length = 0; length < good.Length; length++)
        {
            var cut = good[..length];
            BadFiles.Refusal(() => SafetensorsFile.FromBytes("cut.safetensors", cut));
        }
    }

    [Fact]
    public void Fuzz_SeededMutantsOfTheCorpus_AreReadOrRefusedButNeverCrash()
    {
        var corpus = FuzzRun.Corpus(".safetensors", ofGood: 6000, ofBad: 100);
        var (accepted, refused) = FuzzRun.Over(corpus, SafetensorsFuzz.Accepts);
        output.WriteLine($"safetensors mutants: {accepted} read, {refused} refused");
        Assert.True(accepted > 100 && refused > 4000, $"{accepted} read, {refused} refused: the mutants test too little");
    }

    [Fact]
    public void FuzzIndex_SeededMutantsOfTheCorpus_AreReadOrRefusedButNeverCrash()
    {
        var valid = Repository.Fixture("families", "checkpoints", "mixtral", SafetensorsCheckpoint.IndexFile);
        var corpus = FuzzRun.Corpus(".index.json", ofGood: 0, ofBad: 250).Append((valid, 5000));
        var (accepted, refused) = FuzzRun.Over(corpus, SafetensorsFuzz.AcceptsIndex);
        output.WriteLine($"index mutants: {accepted} read, {refused} refused");
        Assert.True(accepted > 100 && refused > 4000, $"{accepted} read, {refused} refused: the mutants test too little");
    }
}
