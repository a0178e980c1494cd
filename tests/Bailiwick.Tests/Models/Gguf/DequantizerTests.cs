using System.Runtime.InteropServices;
using System.Text.Json;
using Bailiwick.Models.Weights;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Models.Gguf;

public sealed class DequantizerTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Category", "Reference")]
    public void Rows_EveryBlockOfTheReference_IsBitEqual()
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(Repository.Fixture("families", "gguf", "blocks.json")));
        var blocks = File.ReadAllBytes(Repository.Fixture("families", "gguf", "blocks.bin"));
        var compared = new List<string>();
        foreach (var entry in index.RootElement.GetProperty("types").EnumerateArray())
        {
            var name = entry.GetProperty("type").GetString()!;
            var type = (TensorType)entry.GetProperty("ggml_type").GetInt32();
            Assert.Equal(name, $"{type}");
            Assert.Equal(
                new BlockLayout(entry.GetProperty("block_size").GetInt32(), entry.GetProperty("bytes_per_block").GetInt32()),
                BlockLayout.Of(type));

            var raw = blocks.AsSpan(entry.GetProperty("raw_offset").GetInt32(), entry.GetProperty("raw_bytes").GetInt32());
            var count = entry.GetProperty("float_count").GetInt32();
            var floats = blocks.AsSpan(entry.GetProperty("float_offset").GetInt32(), count * sizeof(float));
            var expected = MemoryMarshal.Cast<byte, float>(floats);
            var values = new float[count];
            Dequantizer.Rows(type, raw, values);
            for (var i = 0; i < count; i++)
            {
                Assert.True(
                    SameBits(expected[i], values[i]),
                    $"{name}, element {i}: expected {expected[i]:R}, computed {values[i]:R}");
            }

            compared.Add($"{name} {count}");
        }

        output.WriteLine($"bit-equal: {string.Join(", ", compared)}");
        Assert.All(Required, type => Assert.Contains(compared, line => line.StartsWith($"{type} ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Rows_F32_CopiesEveryBit()
    {
        var values = new float[3];
        Dequantizer.Rows(TensorType.F32, MemoryMarshal.AsBytes<float>([1.5f, -0f, float.NaN]), values);
        Assert.Equal([1.5f, -0f, float.NaN], values);
    }

    [Fact]
    public void Rows_EveryTypeThatIsNotComputed_IsRefusedByName()
    {
        var refused = Enum.GetValues<TensorType>().Where(type => !Dequantizer.Supports(type)).ToList();
        Assert.Contains(TensorType.IQ2_XXS, refused);
        Assert.All(refused, type =>
        {
            var layout = BlockLayout.Of(type);
            var refusal = Assert.Throws<NotSupportedException>(
                () => Dequantizer.Rows(type, new byte[layout.Bytes], new float[layout.Elements]));
            Assert.Contains($"{type}", refusal.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Rows_LengthsThatDoNotFit_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => Dequantizer.Rows(TensorType.Q4_0, new byte[17], new float[32]));
        Assert.Throws<ArgumentException>(() => Dequantizer.Rows(TensorType.Q4_0, new byte[18], new float[31]));
    }

    private static TensorType[] Required =>
        [TensorType.F16, TensorType.BF16, TensorType.Q4_0, TensorType.Q4_1, TensorType.Q5_0, TensorType.Q8_0, TensorType.Q6_K];

    private static bool SameBits(float expected, float actual) =>
        BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(actual) || (expected == 0 && actual == 0);
}
