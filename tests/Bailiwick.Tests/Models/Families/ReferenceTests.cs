using System.Text.Json;
using Bailiwick.Models.Families;
using Bailiwick.Models.Gguf;
using Bailiwick.Models.Import;
using Bailiwick.Models.Onnx;
using Bailiwick.Models.Weights;

namespace Bailiwick.Tests.Models.Families;

/// <summary>Built graphs against the float references of the tiny checkpoints and GGUF files, through ONNX Runtime
/// alone.</summary>
[Trait("Category", "Reference")]
public sealed class ReferenceTests
{
    private static readonly ImportOptions Exact = new() { AccuracyLevel = 0, PrunedHead = false };

    /// <summary>The copied checkpoints whose architecture is built.</summary>
    public static TheoryData<string> Checkpoints() =>
        [.. CheckpointFolders().Where(item => item.IsBuilt).Select(item => item.Name)];

    internal static IEnumerable<(string Name, string Architecture, bool IsBuilt)> CheckpointFolders()
    {
        foreach (var folder in Directory.EnumerateDirectories(Repository.Fixture("families", "checkpoints")).Order(StringComparer.Ordinal))
        {
            var architecture = JsonFields.Read(Path.Combine(folder, "config.json"), 1 << 20).Strings("architectures").Single();
            yield return (Path.GetFileName(folder), architecture, LlamaConfig.Architectures.Contains(architecture));
        }
    }

    /// <summary>Block types of an indexed file that have no layout yet.</summary>
    internal static IEnumerable<string> UnbuiltTypes(JsonElement item) =>
        item.GetProperty("tensor_types").EnumerateObject()
        .Select(type => type.Name).Where(type => !WeightPolicy.Supports(Enum.Parse<TensorType>(type)));

    /// <summary>Whether an indexed file is one of those that the families here build.</summary>
    internal static bool IsBuilt(JsonElement item) =>
        item.GetProperty("architecture").GetString() == LlamaGguf.Architecture && !UnbuiltTypes(item).Any() && !HasExperts(item);

    private static bool HasExperts(JsonElement item)
    {
        using var file = GgufFile.Open(Repository.Fixture("families", "gguf", "models", item.GetProperty("file").GetString()!));
        return file.Metadata.FindUInt32($"{LlamaGguf.Architecture}.expert_count") is > 0;
    }

    /// <summary>The files of the fixture's index that are built, with the reference that the index names.</summary>
    public static TheoryData<string, string> GgufFiles()
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(Repository.Fixture("families", "gguf", "models", "INDEX.json")));
        var rows = new TheoryData<string, string>();
        foreach (var item in index.RootElement.GetProperty("files").EnumerateArray())
        {
            if (IsBuilt(item)) rows.Add(item.GetProperty("file").GetString()!, item.GetProperty("reference").GetString()!);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public async Task Checkpoint_Float_GivesTheReferenceLogitsAndTokens(string checkpoint)
    {
        var build = await TestBuilds.OfAsync(TestBuilds.Published(checkpoint), Exact with { Precision = WeightPrecision.AsStored });
        Compare(build.Folder, Repository.Fixture("families", "checkpoints", checkpoint, "reference.json"));
    }

    [Theory]
    [MemberData(nameof(GgufFiles))]
    public async Task Gguf_ExactWeights_GivesTheReferenceLogitsAndTokens(string file, string reference)
    {
        var build = await TestBuilds.OfAsync(Repository.Fixture("families", "gguf", "models", file), Exact);
        Compare(build.Folder, Repository.Fixture(["families", .. reference.Split('/')]));
    }

    private static void Compare(string folder, string reference)
    {
        using var decoder = new RawDecoder(folder);
        var cases = ReferenceCase.Read(reference);
        Assert.NotEmpty(cases);
        foreach (var item in cases)
        {
            CompareLogits(decoder, item, [item.Ids.Count]);
            CompareLogits(decoder, item, Enumerable.Repeat(1, item.Ids.Count));
            foreach (var size in (int[])[2, 3, 17]) CompareLogits(decoder, item, Pieces(item.Ids.Count, size));
            Assert.Equal(item.Greedy, Greedy(decoder, item));
        }
    }

    private static void CompareLogits(RawDecoder decoder, ReferenceCase item, IEnumerable<int> pieces)
    {
        decoder.Reset();
        var logits = decoder.FeedInPieces(item.Ids, pieces);
        var width = decoder.Vocabulary;
        for (var row = 0; row < item.Positions.Count; row++)
        {
            for (var id = 0; id < width; id++)
            {
                var difference = Math.Abs(logits[item.Positions[row] * width + id] - item.Logits[row * width + id]);
                Assert.True(
                    difference <= item.Tolerance, $"{item.Name}, position {item.Positions[row]}, token {id}: off by {difference}");
            }
        }
    }

    // A last piece of one token would be rounded otherwise: it is joined to the one before.
    private static List<int> Pieces(int count, int size)
    {
        var pieces = Enumerable.Repeat(size, count / size).ToList();
        if (count % size == 1 && pieces.Count > 0) pieces[^1]++;
        else if (count % size > 0) pieces.Add(count % size);
        return pieces;
    }

    private static List<int> Greedy(RawDecoder decoder, ReferenceCase item)
    {
        decoder.Reset();
        var logits = decoder.Feed(item.Ids);
        var tokens = new List<int>();
        while (tokens.Count < item.Greedy.Count)
        {
            tokens.Add(Logits.ArgMax(Logits.LastRow(logits, decoder.Vocabulary)));
            logits = decoder.Feed(tokens[^1]);
        }

        return tokens;
    }
}
