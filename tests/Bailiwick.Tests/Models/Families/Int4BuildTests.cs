using Bailiwick.Models.Families;
using Bailiwick.Models.Onnx;
using Bailiwick.Models.Safetensors;
using Bailiwick.Models.Weights;
using Bailiwick.Tests.Models.Onnx;
using Bailiwick.Tests.Models.Weights;

namespace Bailiwick.Tests.Models.Families;

/// <summary>A four-bit build against a float build of the same rounded weights: that tells a layout fault from
/// rounding.</summary>
[Trait("Category", "Reference")]
public sealed class Int4BuildTests
{
    public static TheoryData<string> Checkpoints() => ReferenceTests.Checkpoints();

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Int4_FloatActivations_EqualsTheFloatGraphOfItsRoundedWeights(string checkpoint)
    {
        var folder = Repository.Fixture("families", "checkpoints", checkpoint);
        using var weights = SafetensorsCheckpoint.Open(folder);
        var decoder = ModelFamilies.FromCheckpoint(JsonFields.Read(Path.Combine(folder, "config.json"), 1 << 20), weights, null);
        var policy = new WeightPolicy(WeightPrecision.Int4, AccuracyLevel: 0);
        var item = ReferenceCase.Read(Path.Combine(folder, "reference.json"))[0];
        var expected = Run(Rounded(decoder, policy), new WeightPolicy(WeightPrecision.AsStored, 0), item.Ids);
        var actual = Run(decoder, policy, item.Ids);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, item.Tolerance));
        var stored = Run(decoder, new WeightPolicy(WeightPrecision.AsStored, 0), item.Ids);
        Assert.Contains(stored.Zip(actual), pair => Math.Abs(pair.First - pair.Second) > item.Tolerance);
    }

    private static float[] Run(DecoderDescription decoder, WeightPolicy policy, IReadOnlyList<int> ids)
    {
        using var folder = new TemporaryFolder();
        DecoderGraph.Write(folder.Path, decoder, new GraphOptions(policy, PrunedHead: false), _ => { }, CancellationToken.None);
        using var raw = new RawDecoder(folder.Path);
        return raw.Feed(ids);
    }

    private static DecoderDescription Rounded(DecoderDescription decoder, WeightPolicy policy) => decoder with
    {
        Embedding = Rounded(decoder.Embedding, policy.Vocabulary),
        Head = decoder.Head is { } head ? Rounded(head, policy.Vocabulary) : null,
        Layers = [.. decoder.Layers.Select(layer => layer with
        {
            Query = Rounded(layer.Query, policy.Body),
            Key = Rounded(layer.Key, policy.Body),
            Value = Rounded(layer.Value, policy.Body),
            Output = Rounded(layer.Output, policy.Body),
            Gate = Rounded(layer.Gate, policy.Body),
            Up = Rounded(layer.Up, policy.Body),
            Down = Rounded(layer.Down, policy.Body),
        })],
    };

    private static WeightMatrix Rounded(WeightMatrix matrix, Func<WeightTensor, BlockEncoding?> encodingOf)
    {
        var tensor = Assert.Single(matrix.Parts);
        if (encodingOf(tensor) is not { } encoding) return matrix;
        var values = Enumerable.Range(0, matrix.Rows)
            .SelectMany(row => BlockEncodingTests.ReadBack(encoding, tensor.Rows(row, 1), matrix.Columns)).ToArray();
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
        return new WeightMatrix(new WeightTensor(tensor.Name, TensorType.F32, tensor.Shape, bytes));
    }
}
