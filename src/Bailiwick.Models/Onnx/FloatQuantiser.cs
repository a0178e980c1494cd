using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Onnx;

/// <summary>
/// Quantises float weights to four or eight bits without offsets: the scale of a block maps its value of largest magnitude,
/// sign included, to the end of the quants that reaches furthest (as Q4_0 does), which loses less than a symmetric range.
/// </summary>
internal sealed class FloatQuantiser(TensorType type, int bits) : BlockEncoding
{
    /// <summary>Elements that share a scale; the width of a matrix is a multiple of it.</summary>
    public const int Block = 32;

    private float[] _values = [];

    public override int Bits => bits;

    public override int BlockSize => Block;

    public override void Row(ReadOnlySpan<byte> stored, Span<byte> quants, Span<float> scales, Span<float> offsets)
    {
        var columns = scales.Length * Block;
        if (_values.Length != columns) _values = new float[columns];
        Dequantizer.Rows(type, stored, _values);
        for (var block = 0; block < scales.Length; block++)
        {
            scales[block] = Quantise(
                _values.AsSpan(block * Block, Block), quants.Slice(block * BlockBytes, BlockBytes));
        }
    }

    private float Quantise(ReadOnlySpan<float> weights, Span<byte> quants)
    {
        var largest = 0f;
        foreach (var weight in weights)
        {
            if (MathF.Abs(weight) > MathF.Abs(largest)) largest = weight;
        }

        var centre = 1 << (bits - 1);
        var scale = largest / -centre;
        quants.Clear();
        for (var i = 0; i < weights.Length; i++)
        {
            var level = scale == 0 ? 0 : (int)MathF.Round(weights[i] / scale);
            var quant = Math.Clamp(level + centre, 0, 2 * centre - 1);
            if (bits == 8) quants[i] = (byte)quant;
            else quants[i / 2] |= (byte)(quant << (4 * (i & 1)));
        }

        return scale;
    }
}
