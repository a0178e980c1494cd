namespace Bailiwick.Models.Onnx;

/// <summary>One dimension of a graph's input or output: a size, or a name for a size that each run chooses.</summary>
internal readonly record struct Dimension(long Size, string? Name)
{
    public static implicit operator Dimension(long size) => new(size, null);

    public static implicit operator Dimension(string name) => new(0, name);
}
