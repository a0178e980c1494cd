namespace Bailiwick.Models.Onnx;

/// <summary>Q4_0: half scale, 16 bytes of quants; w = d (q - 8).</summary>
internal sealed class Q4_0Encoding : BlockEncoding
{
    private const int StoredBytes = 18;

    public override int Bits => 4;

    public override int BlockSize => 32;

    public override void Row(ReadOnlySpan<byte> stored, Span<byte> quants, Span<float> scales, Span<float> offsets)
    {
        for (var block = 0; block < scales.Length; block++)
        {
            var source = stored.Slice(block * StoredBytes, StoredBytes);
            scales[block] = Half(source);
            NibbleOrder.FromGguf(source[2..], quants.Slice(block * BlockBytes, BlockBytes));
        }
    }
}

/// <summary>Q4_1: half scale, half minimum, 16 bytes of quants; w = d q + m = d (q - 8) + (m + 8 d).</summary>
internal sealed class Q4_1Encoding : BlockEncoding
{
    private const int StoredBytes = 20;

    public override int Bits => 4;

    public override int BlockSize => 32;

    public override bool HasOffsets => true;

    public override void Row(ReadOnlySpan<byte> stored, Span<byte> quants, Span<float> scales, Span<float> offsets)
    {
        for (var block = 0; block < scales.Length; block++)
        {
            var source = stored.Slice(block * StoredBytes, StoredBytes);
            var scale = Half(source);
            scales[block] = scale;
            offsets[block] = Half(source[2..]) + 8 * scale;
            NibbleOrder.FromGguf(source[4..], quants.Slice(block * BlockBytes, BlockBytes));
        }
    }
}

/// <summary>GGUF's byte j holds elements j (low) and j + 16 (high); ONNX's byte i holds elements 2i and 2i +
/// 1.</summary>
internal static class NibbleOrder
{
    public static void FromGguf(ReadOnlySpan<byte> stored, Span<byte> quants)
    {
        for (var i = 0; i < 8; i++)
        {
            var first = stored[2 * i];
            var second = stored[2 * i + 1];
            quants[i] = (byte)((first & 0x0F) | (second << 4));
            quants[i + 8] = (byte)((first >> 4) | (second & 0xF0));
        }
    }
}
