using System.Buffers.Binary;

namespace Bailiwick.Models.Weights;

/// <summary>Blocks of 32 with one scale d (and a minimum m in the _1 types), both half floats in front. Source:
/// ggml-common.h and dequantize_row_* of ggml-quants.c.</summary>
internal static class SimpleBlocks
{
    private const int HalfBlock = 16;

    /// <summary>d, 16 bytes: low nibbles are the first 16 elements, high nibbles the rest. w = d (q - 8).</summary>
    public static void Q4_0(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var d = Stored.Half(raw);
        for (var j = 0; j < HalfBlock; j++)
        {
            values[j] = d * ((raw[2 + j] & 15) - 8);
            values[j + HalfBlock] = d * ((raw[2 + j] >> 4) - 8);
        }
    }

    /// <summary>d, m, 16 bytes as in Q4_0. w = d q + m.</summary>
    public static void Q4_1(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var (d, m) = (Stored.Half(raw), Stored.Half(raw[2..]));
        for (var j = 0; j < HalfBlock; j++)
        {
            values[j] = d * (raw[4 + j] & 15) + m;
            values[j + HalfBlock] = d * (raw[4 + j] >> 4) + m;
        }
    }

    /// <summary>d, 32 fifth bits, 16 bytes as in Q4_0. w = d (q - 16).</summary>
    public static void Q5_0(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var d = Stored.Half(raw);
        var fifth = BinaryPrimitives.ReadUInt32LittleEndian(raw[2..]);
        for (var j = 0; j < HalfBlock; j++)
        {
            values[j] = d * (Low(raw[6 + j], fifth, j) - 16);
            values[j + HalfBlock] = d * (High(raw[6 + j], fifth, j) - 16);
        }
    }

    /// <summary>d, m, 32 fifth bits, 16 bytes as in Q4_0. w = d q + m.</summary>
    public static void Q5_1(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var (d, m) = (Stored.Half(raw), Stored.Half(raw[2..]));
        var fifth = BinaryPrimitives.ReadUInt32LittleEndian(raw[4..]);
        for (var j = 0; j < HalfBlock; j++)
        {
            values[j] = d * Low(raw[8 + j], fifth, j) + m;
            values[j + HalfBlock] = d * High(raw[8 + j], fifth, j) + m;
        }
    }

    /// <summary>d, 32 signed bytes. w = d q.</summary>
    public static void Q8_0(ReadOnlySpan<byte> raw, Span<float> values)
    {
        var d = Stored.Half(raw);
        for (var j = 0; j < values.Length; j++) values[j] = d * (sbyte)raw[2 + j];
    }

    private static int Low(byte nibbles, uint fifth, int j) => nibbles & 15 | (int)(fifth >> j & 1) << 4;

    private static int High(byte nibbles, uint fifth, int j) => nibbles >> 4 | (int)(fifth >> j + HalfBlock & 1) << 4;
}
