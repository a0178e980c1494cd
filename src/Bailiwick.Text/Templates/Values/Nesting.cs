namespace Bailiwick.Text.Templates.Values;

/// <summary>
/// How deep and how large a container is, known when it is made. Bounded, so that no later walk over it can overflow
/// the stack or take longer than it is charged for: a list that holds another one twice doubles, though it takes no room.
/// </summary>
internal readonly record struct Nesting(int Depth, long Size)
{
    /// <summary>JSON from the client nests at most 64 deep; templates wrap a few levels around it.</summary>
    private const int MaxDepth = 128;

    private const long MaxSize = 16 * 1024 * 1024;

    public static Nesting Around(IEnumerable<Value> items)
    {
        var depth = 0;
        long size = 1;
        foreach (var item in items)
        {
            depth = Math.Max(depth, item.Depth);
            size += item.Size;
        }

        return depth >= MaxDepth ? throw new LimitReached($"lists and mappings nested deeper than {MaxDepth}")
            : size > MaxSize ? throw new LimitReached($"a list or mapping of more than {MaxSize} items, nested ones included")
            : new Nesting(depth + 1, size);
    }
}
