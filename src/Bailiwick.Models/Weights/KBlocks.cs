namespace Bailiwick.Models.Weights;

/// <summary>Super-blocks of 256: half-float scales over small integer scales of 16 or 32 elements each. Source:
/// ggml-common.h and dequantize_row_* of ggml-quants.c.</summary>
internal static class KBlocks
{
    private const int Elements = 256;

    /// <summary>16 bytes of 4-bit scale and minimum (16 elements each), 64 bytes of 2-bit quants, d, dmin.
    /// w = d sc q - dmin m.</summary>
    public static void Q2_K(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var scales = raw[..16];
        var quants = raw.Slice(16, 64);
        var (d, dmin) = (Stored.Half(raw[80..]), Stored.Half(raw[82..]));
        for (var i = 0; i < Elements; i++)
        {
            var scale = scales[i / 16];
            values[i] = d * (scale & 15) * TwoBits(quants, i) - dmin * (scale >> 4);
        }
    }

    /// <summary>32 bytes of third bits, 64 bytes of 2-bit quants, 12 bytes of 6-bit scales (16 elements each), d.
    /// w = d (sc - 32) (q - 4); a set third bit means 4.</summary>
    public static void Q3_K(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var third = raw[..32];
        var quants = raw.Slice(32, 64);
        var packed = raw.Slice(96, 12);
        var d = Stored.Half(raw[108..]);
        for (var i = 0; i < Elements; i++)
        {
            var quant = TwoBits(quants, i) | (third[i % 32] >> i / 32 & 1) << 2;
            values[i] = d * (SixBitScale(packed, i / 16) - 32) * (quant - 4);
        }
    }

    /// <summary>d, dmin, 12 bytes of 6-bit scales and minima (32 elements each), 128 bytes: of each 32 the low nibbles are
    /// one group, the high nibbles the next. w = d sc q - dmin m.</summary>
    public static void Q4_K(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var (d, dmin) = (Stored.Half(raw), Stored.Half(raw[2..]));
        var packed = raw.Slice(4, 12);
        var quants = raw.Slice(16, 128);
        for (var i = 0; i < Elements; i++)
        {
            var (scale, minimum) = ScaleAndMinimum(packed, i / 32);
            values[i] = d * scale * Nibble(quants, i) - dmin * minimum;
        }
    }

    /// <summary>As Q4_K, with 32 bytes of fifth bits before the nibbles.</summary>
    public static void Q5_K(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var (d, dmin) = (Stored.Half(raw), Stored.Half(raw[2..]));
        var packed = raw.Slice(4, 12);
        var fifth = raw.Slice(16, 32);
        var quants = raw.Slice(48, 128);
        for (var i = 0; i < Elements; i++)
        {
            var (scale, minimum) = ScaleAndMinimum(packed, i / 32);
            var quant = Nibble(quants, i) | (fifth[i % 32] >> i / 32 & 1) << 4;
            values[i] = d * scale * quant - dmin * minimum;
        }
    }

    /// <summary>128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales (16 elements each), d.
    /// w = d sc (q - 32). Each half of 128 elements: 64 nibble bytes, low nibbles first.</summary>
    public static void Q6_K(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var low = raw[..128];
        var high = raw.Slice(128, 64);
        var scales = raw.Slice(192, 16);
        var d = Stored.Half(raw[208..]);
        for (var i = 0; i < Elements; i++)
        {
            var (half, within) = (i / 128, i % 128);
            var nibble = low[half * 64 + within % 64] >> within / 64 * 4 & 15;
            values[i] = d * (sbyte)scales[i / 16] * ((nibble | TwoBits(high, i) << 4) - 32);
        }
    }

    /// <summary>Bit pairs: each 32 bytes hold 128 elements, four groups of 32 from the lowest pair up.</summary>
    private static int TwoBits(ReadOnlySpan<byte> packed, int i) => packed[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;

    /// <summary>Nibbles: each 32 bytes hold 64 elements, the low nibbles first.</summary>
    private static int Nibble(ReadOnlySpan<byte> packed, int i) => packed[i / 64 * 32 + i % 32] >> i % 64 / 32 * 4 & 15;

    /// <summary>Q3_K: 16 scales of 6 bits; bytes 0 to 7 hold the low nibbles, bytes 8 to 11 the upper pairs.</summary>
    private static int SixBitScale(ReadOnlySpan<byte> packed, int group) =>
        packed[group % 8] >> group / 8 * 4 & 15 | (packed[8 + group % 4] >> group / 4 * 2 & 3) << 4;

    /// <summary>Q4_K and Q5_K: 8 scales and 8 minima of 6 bits; the upper pairs of the last four of each sit on top of the
    /// first four.</summary>
    private static (int Scale, int Minimum) ScaleAndMinimum(ReadOnlySpan<byte> packed, int group) => group < 4
        ? (packed[group] & 63, packed[group + 4] & 63)
        : (packed[group + 4] & 15 | packed[group - 4] >> 6 << 4, packed[group + 4] >> 4 | packed[group] >> 6 << 4);
}
