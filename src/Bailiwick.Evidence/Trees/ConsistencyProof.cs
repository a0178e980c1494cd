using System.Numerics;

namespace Bailiwick.Evidence;

/// <summary>That a later tree continues an earlier one (RFC 9162 section 2.1.4.2). Sizes must come from signed checkpoints.</summary>
public static class ConsistencyProof
{
    /// <summary>True if the tree of <paramref name="newSize"/> begins with the tree of <paramref name="oldSize"/>.</summary>
    /// <remarks>From size 0 there is nothing to prove: that question is answered with false, callers treat it themselves.</remarks>
    public static bool Verify(
        ulong oldSize, ulong newSize, in TreeHash oldRoot, in TreeHash newRoot, ReadOnlySpan<TreeHash> path)
    {
        if (oldSize == 0 || oldSize > newSize)
        {
            return false;
        }

        if (oldSize == newSize)
        {
            return path.IsEmpty && oldRoot == newRoot;
        }

        // A complete old tree is itself the first node, so the proof leaves it out.
        var isComplete = BitOperations.IsPow2(oldSize);
        if (!isComplete && path.IsEmpty)
        {
            return false;
        }

        var seed = isComplete ? oldRoot : path[0];
        var shift = BitOperations.TrailingZeroCount(~(oldSize - 1));
        return Walk((oldSize - 1) >> shift, (newSize - 1) >> shift, seed, path[(isComplete ? 0 : 1)..], oldRoot, newRoot);
    }

    private static bool Walk(
        ulong node, ulong last, in TreeHash seed, ReadOnlySpan<TreeHash> path, in TreeHash oldRoot, in TreeHash newRoot)
    {
        var (oldHash, newHash) = (seed, seed);
        foreach (ref readonly var sibling in path)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                oldHash = TreeHasher.Node(sibling, oldHash);
                newHash = TreeHasher.Node(sibling, newHash);
                for (; (node & 1) == 0 && node != 0; last >>= 1)
                {
                    node >>= 1;
                }
            }
            else
            {
                newHash = TreeHasher.Node(newHash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && oldHash == oldRoot && newHash == newRoot;
    }
}
