namespace Bailiwick.Evidence;

/// <summary>
/// That a leaf stands at an index of a tree (RFC 9162 section 2.1.3.2). Size and root must come from a signed
/// checkpoint and the leaf hash from the leaf: a proof alone binds neither.
/// </summary>
public static class InclusionProof
{
    /// <summary>True if <paramref name="path"/> leads from the leaf to the root.</summary>
    /// <param name="index">Place of the leaf, from 0.</param>
    /// <param name="size">Leaves in the tree.</param>
    /// <param name="leafHash">Hash of the leaf's bytes.</param>
    /// <param name="path">Sibling hashes, from the leaf upwards.</param>
    /// <param name="root">Root of the tree of that size.</param>
    public static bool Verify(
        ulong index, ulong size, in TreeHash leafHash, ReadOnlySpan<TreeHash> path, in TreeHash root)
    {
        if (index >= size)
        {
            return false;
        }

        var (node, last, hash) = (index, size - 1, leafHash);
        foreach (ref readonly var sibling in path)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = TreeHasher.Node(sibling, hash);
                // On the right edge levels without a sibling are skipped.
                for (; (node & 1) == 0 && node != 0; last >>= 1)
                {
                    node >>= 1;
                }
            }
            else
            {
                hash = TreeHasher.Node(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && hash == root;
    }
}
