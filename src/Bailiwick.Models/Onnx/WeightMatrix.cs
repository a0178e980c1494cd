using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Onnx;

/// <summary>A matrix [rows, columns]: one stored tensor, or several of the same width under each other (fused
/// projections).</summary>
internal sealed class WeightMatrix
{
    /// <param name="parts">At least one tensor with two dimensions; all have the same number of columns.</param>
    public WeightMatrix(params IReadOnlyList<WeightTensor> parts)
    {
        Parts = parts;
        Columns = checked((int)parts[0].RowLength);
        Rows = checked((int)parts.Sum(part => part.RowCount));
        if (parts.Any(part => part.RowLength != Columns))
        {
            throw new ArgumentException("Fused matrices have different widths.", nameof(parts));
        }
    }

    public IReadOnlyList<WeightTensor> Parts { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Whether the elements are floats, not blocks of quants.</summary>
    public bool IsFloat => Parts.All(part => IsFloatType(part.Type));

    /// <summary>Whether these matrices can be one: equal width, and one block type or floats only.</summary>
    public static bool CanFuse(params ReadOnlySpan<WeightMatrix> matrices)
    {
        var first = matrices[0];
        foreach (var matrix in matrices)
        {
            var sameType = matrix.Parts[0].Type == first.Parts[0].Type || (matrix.IsFloat && first.IsFloat);
            if (!sameType || matrix.Columns != first.Columns) return false;
        }

        return true;
    }

    public static WeightMatrix Fuse(params ReadOnlySpan<WeightMatrix> matrices)
    {
        var parts = new List<WeightTensor>();
        foreach (var matrix in matrices) parts.AddRange(matrix.Parts);
        return new WeightMatrix(parts);
    }

    public static bool IsFloatType(TensorType type) => type is TensorType.F32 or TensorType.F16 or TensorType.BF16;
}
