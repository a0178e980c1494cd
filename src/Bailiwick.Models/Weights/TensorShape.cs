namespace Bailiwick.Models.Weights;

/// <summary>The arithmetic that every reader must get right before it believes a shape.</summary>
internal static class TensorShape
{
    /// <summary>Elements of one tensor, 2^40: a hundred times the largest published one, and small enough that no size
    /// computed from it can wrap.</summary>
    public const long MaxElements = 1L << 40;

    /// <summary>Why a tensor of this type cannot have this shape, or null.</summary>
    /// <param name="type">A named member of <see cref="TensorType"/>.</param>
    /// <param name="shape">Outermost dimension first; a dimension of 0 makes an empty tensor.</param>
    public static string? Fault(TensorType type, IReadOnlyList<long> shape)
    {
        // A dimension of 0 must not hide that the others overflow: rows are still counted.
        var elements = 1L;
        foreach (var dimension in shape)
        {
            if (dimension < 0) return $"has a negative dimension ({dimension})";
            if (dimension > MaxElements / elements) return $"has a shape that overflows: more than {MaxElements} elements";
            elements *= Math.Max(dimension, 1);
        }

        var layout = BlockLayout.Of(type);
        var row = shape.Count == 0 ? 1 : shape[^1];
        if (row % layout.Elements != 0)
        {
            return $"has rows of {row} elements, not a multiple of the {layout.Elements} in a block of {type}";
        }

        return row / layout.Elements * layout.Bytes > int.MaxValue ? $"has rows of {row} elements, too long to read" : null;
    }
}
