using System.Buffers.Binary;

namespace Bailiwick.Models.Onnx;

/// <summary>Q8_0: half scale, 32 signed bytes; w = d q.</summary>
internal sealed class Q8_0Encoding : BlockEncoding
{
    private const int StoredBytes = 34;

    public override int Bits => 8;

    public override int BlockSize => 32;

    public override void Row(ReadOnlySpan<byte> stored, Span<byte> quants, Span<float> scales, Span<float> offsets)
    {
        for (var block = 0; block < scales.Length; block++)
        {
            var source = stored.Slice(block * StoredBytes, StoredBytes);
            scales[block] = Half(source);
            var target = quants.Slice(block * BlockBytes, BlockBytes);
            for (var i = 0; i < target.Length; i++) target[i] = (byte)(source[2 + i] ^ 0x80);
        }
    }
}

/// <summary>Q5_0: half scale, 32 fifth bits, 16 bytes of low bits; w = d (q - 16). Held in eight bits.</summary>
internal sealed class Q5_0Encoding : BlockEncoding
{
    private const int StoredBytes = 22;
    private const int Centre = 128 - 16;

    public override int Bits => 8;

    public override int BlockSize => 32;

    public override void Row(ReadOnlySpan<byte> stored, Span<byte> quants, Span<float> scales, Span<float> offsets)
    {
        for (var block = 0; block < scales.Length; block++)
        {
            var source = stored.Slice(block * StoredBytes, StoredBytes);
            scales[block] = Half(source);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(source[2..]);
            var target = quants.Slice(block * BlockBytes, BlockBytes);
            for (var i = 0; i < 16; i++)
            {
                var low = source[6 + i];
                target[i] = (byte)(((low & 0x0F) | (int)((high >> i) & 1) << 4) + Centre);
                target[i + 16] = (byte)(((low >> 4) | (int)((high >> (i + 16)) & 1) << 4) + Centre);
            }
        }
    }
}

/// <summary>
/// Q6_K: 256 elements as 128 bytes of low bits, 64 of high bits, 16 signed scales and a half; w = d s (q - 32), each scale
/// for 16 elements. Held in eight bits, blocks of 16.
/// </summary>
internal sealed class Q6_KEncoding : BlockEncoding
{
    private const int StoredBytes = 210;
    private const int Elements = 256;
    private const int HighBits = 128;
    private const int Scales = 192;
    private const int Scale = 208;
    private const int Centre = 128 - 32;

    public override int Bits => 8;

    public override int BlockSize => 16;

    public override void Row(ReadOnlySpan<byte> stored, Span<byte> quants, Span<float> scales, Span<float> offsets)
    {
        for (var super = 0; super * Elements < quants.Length; super++)
        {
            var source = stored.Slice(super * StoredBytes, StoredBytes);
            var scale = Half(source[Scale..]);
            for (var i = 0; i < 16; i++) scales[super * 16 + i] = scale * (sbyte)source[Scales + i];
            for (var half = 0; half < 2; half++)
            {
                HalfOf(source.Slice(half * 64, 64), source.Slice(HighBits + half * 32, 32),
                    quants.Slice(super * Elements + half * 128, 128));
            }
        }
    }

    private static void HalfOf(ReadOnlySpan<byte> low, ReadOnlySpan<byte> high, Span<byte> quants)
    {
        for (var i = 0; i < 32; i++)
        {
            quants[i] = Quant(low[i] & 0x0F, high[i]);
            quants[i + 32] = Quant(low[i + 32] & 0x0F, high[i] >> 2);
            quants[i + 64] = Quant(low[i] >> 4, high[i] >> 4);
            quants[i + 96] = Quant(low[i + 32] >> 4, high[i] >> 6);
        }
    }

    private static byte Quant(int low, int high) => (byte)((low | (high & 3) << 4) + Centre);
}
