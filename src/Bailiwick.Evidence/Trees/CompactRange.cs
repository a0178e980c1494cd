using System.Numerics;

namespace Bailiwick.Evidence;

/// <summary>
/// The right edge of a growing tree: one hash for each complete subtree, at most 64 of them, whatever the size.
/// Appending costs one node hash on average. Not thread-safe: one owner.
/// </summary>
public sealed class CompactRange
{
    /// <summary>Largest height of a subtree: a tree has at most 2^62 leaves.</summary>
    public const int MaxHeight = 62;

    // _subtrees[h] is in use where bit h of the size is set.
    private readonly TreeHash[] _subtrees = new TreeHash[MaxHeight + 1];

    /// <summary>Leaves so far.</summary>
    public ulong Size { get; private set; }

    /// <summary>Adds one leaf by its hash.</summary>
    public void Append(in TreeHash leafHash) => AppendSubtree(0, leafHash);

    /// <summary>Adds a complete subtree of 2^<paramref name="height"/> leaves by its root.</summary>
    /// <exception cref="InvalidOperationException">The size is not a multiple of 2^height, or would pass 2^62.</exception>
    public void AppendSubtree(int height, TreeHash root)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, MaxHeight);
        var added = 1UL << height;
        if ((Size & (added - 1)) != 0 || Size + added > 1UL << MaxHeight)
        {
            throw new InvalidOperationException($"A subtree of height {height} cannot stand at leaf {Size}.");
        }

        for (; (Size >> height & 1) == 1; height++)
        {
            root = TreeHasher.Node(_subtrees[height], root);
        }

        _subtrees[height] = root;
        Size += added;
    }

    /// <summary>Root of the tree over all leaves so far.</summary>
    public TreeHash Root()
    {
        if (Size == 0)
        {
            return TreeHasher.EmptyRoot;
        }

        var height = BitOperations.TrailingZeroCount(Size);
        var root = _subtrees[height];
        for (height++; Size >> height != 0; height++)
        {
            if ((Size >> height & 1) == 1)
            {
                root = TreeHasher.Node(_subtrees[height], root);
            }
        }

        return root;
    }
}
