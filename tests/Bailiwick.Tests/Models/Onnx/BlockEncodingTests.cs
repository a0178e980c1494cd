using System.Text.Json;
using Bailiwick.Models.Onnx;
using Bailiwick.Models.Weights;

namespace Bailiwick.Tests.Models.Onnx;

/// <summary>Repacked weights, read back as MatMulNBits reads them, against the float values of the stored
/// blocks.</summary>
public sealed class BlockEncodingTests
{
    /// <summary>Types of the published blocks that have an encoding.</summary>
    public static TheoryData<int, int, int> Types()
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(Repository.Fixture("families", "gguf", "blocks.json")));
        var rows = new TheoryData<int, int, int>();
        foreach (var entry in index.RootElement.GetProperty("types").EnumerateArray())
        {
            var type = entry.GetProperty("ggml_type").GetInt32();
            if (BlockEncoding.Exact((TensorType)type) is null) continue;
            rows.Add(type, entry.GetProperty("raw_offset").GetInt32(), entry.GetProperty("raw_bytes").GetInt32());
        }

        return rows;
    }

    [Fact]
    public void Exact_TheTypesThatTheDefaultModelAndItsNeighboursNeed_AreEncoded() => Assert.Equal(
        [TensorType.Q4_0, TensorType.Q4_1, TensorType.Q5_0, TensorType.Q8_0, TensorType.Q6_K],
        Enum.GetValues<TensorType>().Where(type => BlockEncoding.Exact(type) is not null));

    [Theory]
    [MemberData(nameof(Types))]
    public void Row_PublishedBlocks_ReadsBackTheStoredValues(int type, int offset, int length)
    {
        var stored = File.ReadAllBytes(Repository.Fixture("families", "gguf", "blocks.bin")).AsSpan(offset, length);
        var layout = BlockLayout.Of((TensorType)type);
        var expected = new float[length / layout.Bytes * layout.Elements];
        Dequantizer.Rows((TensorType)type, stored, expected);
        var encoding = BlockEncoding.Exact((TensorType)type)!;
        var actual = ReadBack(encoding, stored, expected.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            // An offset is folded into one float for each block: the sum is rounded at the size of its larger part.
            var room = encoding.HasOffsets ? 1e-6 * BlockPeak(expected, i, encoding.BlockSize) : 0;
            Assert.True(Math.Abs(expected[i] - actual[i]) <= room || expected[i].Equals(actual[i]),
                $"{(TensorType)type}, element {i}: {expected[i]:R} became {actual[i]:R}");
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void FloatQuantiser_RandomRows_KeepsThePeakAndStaysWithinAStep(int bits)
    {
        var random = new Random(7);
        var weights = Enumerable.Range(0, 32 * 64).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        weights.AsSpan(0, 32).Clear();
        var actual = ReadBack(new FloatQuantiser(TensorType.F32, bits), System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(weights), weights.Length);
        for (var i = 0; i < weights.Length; i++)
        {
            var peak = BlockPeak(weights, i, 32);
            Assert.InRange(Math.Abs(weights[i] - actual[i]), 0, peak / (1 << (bits - 1)) * 1.0001);
            if (Math.Abs(weights[i]) == peak) Assert.Equal(weights[i], actual[i], peak * 1e-6);
        }
    }

    // As the operator is documented: low bits first, scale x (quant - half of the range), then the offset of the block.
    internal static float[] ReadBack(BlockEncoding encoding, ReadOnlySpan<byte> stored, int columns)
    {
        var blocks = columns / encoding.BlockSize;
        var quants = new byte[blocks * encoding.BlockBytes];
        var scales = new float[blocks];
        var offsets = new float[encoding.HasOffsets ? blocks : 0];
        encoding.Row(stored, quants, scales, offsets);
        var values = new float[columns];
        for (var i = 0; i < columns; i++)
        {
            var quant = encoding.Bits == 8 ? quants[i] : (quants[i / 2] >> (4 * (i & 1))) & 0x0F;
            var block = i / encoding.BlockSize;
            values[i] = scales[block] * (quant - (1 << (encoding.Bits - 1)));
            if (encoding.HasOffsets) values[i] += offsets[block];
        }

        return values;
    }

    private static double BlockPeak(float[] values, int element, int blockSize)
    {
        var block = values.AsSpan(element / blockSize * blockSize, blockSize);
        var peak = 0.0;
        foreach (var value in block) peak = Math.Max(peak, Math.Abs(value));
        return peak;
    }
}
