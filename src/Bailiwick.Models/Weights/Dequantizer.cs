using System.Runtime.InteropServices;

namespace Bailiwick.Models.Weights;

/// <summary>Stored blocks to float32, bit for bit as ggml's own reference routines compute them: each product and each
/// sum is rounded once, in their order, and nothing is fused.</summary>
public static class Dequantizer
{
    /// <summary>From the bytes of one block to its elements.</summary>
    private delegate void Block(ReadOnlySpan<byte> raw, Span<float> values);

    /// <summary>Whether <see cref="Rows"/> can compute this type.</summary>
    public static bool Supports(TensorType type) => type is TensorType.F32 || BlockOf(type) is not null;

    /// <summary>Dequantises whole blocks.</summary>
    /// <param name="type">How <paramref name="raw"/> is stored.</param>
    /// <param name="raw">Whole stored blocks, as <see cref="WeightTensor.Rows"/> gives them.</param>
    /// <param name="values">Receives one float for each element; its length must be exactly that many.</param>
    /// <exception cref="NotSupportedException">The type is not one that is computed here; the message names it.</exception>
    /// <exception cref="ArgumentException">The lengths do not fit the type or each other.</exception>
    public static void Rows(TensorType type, ReadOnlySpan<byte> raw, Span<float> values)
    {
        var layout = BlockLayout.Of(type);
        var blocks = raw.Length / layout.Bytes;
        if (raw.Length % layout.Bytes != 0 || blocks * (long)layout.Elements != values.Length)
        {
            throw new ArgumentException($"{raw.Length} bytes of {type} are not {values.Length} values.", nameof(values));
        }

        if (type is TensorType.F32)
        {
            raw.CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }

        var block = BlockOf(type) ?? throw new NotSupportedException($"Values of type {type} are not computed here.");
        for (var i = 0; i < blocks; i++)
        {
            block(raw.Slice(i * layout.Bytes, layout.Bytes), values.Slice(i * layout.Elements, layout.Elements));
        }
    }

    private static Block? BlockOf(TensorType type) => type switch
    {
        TensorType.F16 => static (raw, values) => values[0] = Stored.Half(raw),
        TensorType.BF16 => static (raw, values) => values[0] = Stored.BFloat16(raw),
        TensorType.Q4_0 => SimpleBlocks.Q4_0,
        TensorType.Q4_1 => SimpleBlocks.Q4_1,
        TensorType.Q5_0 => SimpleBlocks.Q5_0,
        TensorType.Q5_1 => SimpleBlocks.Q5_1,
        TensorType.Q8_0 => SimpleBlocks.Q8_0,
        TensorType.Q2_K => KBlocks.Q2_K,
        TensorType.Q3_K => KBlocks.Q3_K,
        TensorType.Q4_K => KBlocks.Q4_K,
        TensorType.Q5_K => KBlocks.Q5_K,
        TensorType.Q6_K => KBlocks.Q6_K,
        TensorType.IQ4_NL => CodebookBlocks.IQ4_NL,
        TensorType.IQ4_XS => CodebookBlocks.IQ4_XS,
        TensorType.MXFP4 => CodebookBlocks.MXFP4,
        _ => null,
    };
}
