using System.Buffers.Binary;

namespace Bailiwick.Models.Weights;

/// <summary>Little-endian 16-bit floats at the head of a span, widened exactly.</summary>
internal static class Stored
{
    public static float Half(ReadOnlySpan<byte> raw) => (float)BinaryPrimitives.ReadHalfLittleEndian(raw);

    public static float BFloat16(ReadOnlySpan<byte> raw) =>
        BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(raw) << 16);
}
