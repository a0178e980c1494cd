using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Onnx;

/// <summary>
/// How one stored type becomes a MatMulNBits weight: w = scale x (quant - 2^(bits-1)) + offset, with one scale (and offset)
/// for each block of a row. Quants lie low bits first, in element order.
/// </summary>
internal abstract class BlockEncoding
{
    /// <summary>Bits of a quant: 4 or 8.</summary>
    public abstract int Bits { get; }

    /// <summary>Elements that share a scale: 16 or 32.</summary>
    public abstract int BlockSize { get; }

    /// <summary>Whether blocks have an offset, which costs the graph a correction term.</summary>
    public virtual bool HasOffsets => false;

    /// <summary>Bytes of the quants of one block.</summary>
    public int BlockBytes => BlockSize * Bits / 8;

    /// <summary>Encodes one row.</summary>
    /// <param name="stored">The row as its source stores it.</param>
    /// <param name="quants">Receives <see cref="BlockBytes"/> bytes for each block.</param>
    /// <param name="scales">Receives one scale for each block.</param>
    /// <param name="offsets">Receives one offset for each block; empty where there are none.</param>
    public abstract void Row(ReadOnlySpan<byte> stored, Span<byte> quants, Span<float> scales, Span<float> offsets);

    /// <summary>The encoding that holds a GGUF block type exactly, or null for types without one.</summary>
    public static BlockEncoding? Exact(TensorType type) => type switch
    {
        TensorType.Q4_0 => new Q4_0Encoding(),
        TensorType.Q4_1 => new Q4_1Encoding(),
        TensorType.Q5_0 => new Q5_0Encoding(),
        TensorType.Q8_0 => new Q8_0Encoding(),
        TensorType.Q6_K => new Q6_KEncoding(),
        _ => null,
    };

    /// <summary>The half-precision value at the start of <paramref name="stored"/>, widened.</summary>
    protected static float Half(ReadOnlySpan<byte> stored) =>
        (float)System.Buffers.Binary.BinaryPrimitives.ReadHalfLittleEndian(stored);
}
