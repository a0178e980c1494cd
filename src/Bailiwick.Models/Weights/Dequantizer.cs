namespace Bailiwick.Models.Weights;

/// <summary>Stored blocks to float32, exactly as ggml's own reference routines compute them.</summary>
public static class Dequantizer
{
    /// <summary>Whether <see cref="Rows"/> can compute this type.</summary>
    public static bool Supports(TensorType type) => type is TensorType.F32;

    /// <summary>Dequantises whole blocks.</summary>
    /// <param name="type">How <paramref name="raw"/> is stored.</param>
    /// <param name="raw">Whole stored blocks, as <see cref="WeightTensor.Rows"/> gives them.</param>
    /// <param name="values">Receives one float for each element; its length must be exactly that many.</param>
    /// <exception cref="NotSupportedException">The type is not one that is computed here; the message names it.</exception>
    /// <exception cref="ArgumentException">The lengths do not fit the type or each other.</exception>
    public static void Rows(TensorType type, ReadOnlySpan<byte> raw, Span<float> values)
    {
        var layout = BlockLayout.Of(type);
        if (raw.Length % layout.Bytes != 0 || raw.Length / layout.Bytes * (long)layout.Elements != values.Length)
        {
            throw new ArgumentException($"{raw.Length} bytes of {type} are not {values.Length} values.", nameof(values));
        }

        if (!Supports(type)) throw new NotSupportedException($"Values of type {type} are not computed here.");
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(raw).CopyTo(values);
    }
}
