namespace Bailiwick.Models.Weights;

/// <summary>What a tensor may be called. Names are only ever looked up; they are checked all the same, so that no later
/// line of code can turn one into a path or a terminal sequence.</summary>
internal static class TensorName
{
    /// <summary>Why this is no tensor name, or null.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0) return "has a tensor without a name";
        if (name.AsSpan().IndexOfAny('/', '\\') >= 0) return $"has a tensor name that looks like a path: {Quoted.Text(name)}";
        return name.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0
            ? $"has a tensor name with characters other than printable ASCII: {Quoted.Text(name)}"
            : null;
    }
}
