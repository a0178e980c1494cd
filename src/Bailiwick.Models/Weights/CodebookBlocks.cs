using System.Buffers.Binary;

namespace Bailiwick.Models.Weights;

/// <summary>Blocks whose nibbles index a fixed table. Source: ggml-common.h and dequantize_row_* of ggml-quants.c; MXFP4
/// is the OCP microscaling format (e2m1 elements, e8m0 scale).</summary>
internal static class CodebookBlocks
{
    private static ReadOnlySpan<sbyte> NonLinear =>
        [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>e2m1 values doubled, so that they are integers; the scale is halved in turn.</summary>
    private static ReadOnlySpan<sbyte> E2M1Doubled => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    /// <summary>32 elements: d, 16 bytes. w = d table[q].</summary>
    public static void IQ4_NL(ReadOnlySpan<byte> raw, Span<float> values) =>
        LookUp(NonLinear, Stored.Half(raw), raw[2..], values);

    /// <summary>256 elements: d, two upper bits and a nibble of each of 8 scales, 128 bytes. w = d (sc - 32) table[q].</summary>
    public static void IQ4_XS(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var d = Stored.Half(raw);
        var upper = BinaryPrimitives.ReadUInt16LittleEndian(raw[2..]);
        for (var group = 0; group < 8; group++)
        {
            var scale = raw[4 + group / 2] >> group % 2 * 4 & 15 | (upper >> group * 2 & 3) << 4;
            LookUp(NonLinear, d * (scale - 32), raw.Slice(8 + group * 16, 16), values.Slice(group * 32, 32));
        }
    }

    /// <summary>32 elements: exponent e, 16 bytes. w = 2^(e - 128) table[q], the table being doubled.</summary>
    public static void MXFP4(ReadOnlySpan<byte> raw, Span<float> values) =>
        LookUp(E2M1Doubled, MathF.ScaleB(1, raw[0] - 128), raw[1..], values);

    private static void LookUp(ReadOnlySpan<sbyte> table, float scale, ReadOnlySpan<byte> nibbles, Span<float> values)
    {
        for (var j = 0; j < 16; j++)
        {
            values[j] = scale * table[nibbles[j] & 15];
            values[j + 16] = scale * table[nibbles[j] >> 4];
        }
    }
}
