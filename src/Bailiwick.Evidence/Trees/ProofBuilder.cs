using System.Numerics;

namespace Bailiwick.Evidence;

/// <summary>Makes proofs (RFC 9162 sections 2.1.3.1 and 2.1.4.1) and roots from the complete subtrees of a log.</summary>
public sealed class ProofBuilder(INodeSource nodes)
{
    /// <summary>Path of the leaf <paramref name="index"/> in the tree of <paramref name="size"/>, from the leaf upwards.</summary>
    public async ValueTask<IReadOnlyList<TreeHash>> InclusionAsync(
        ulong index, ulong size, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<TreeHash>();
        var (start, end) = (0UL, size);
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            if (index < middle)
            {
                path.Add(await RootAsync(middle, end, cancellationToken).ConfigureAwait(false));
                end = middle;
            }
            else
            {
                path.Add(await RootAsync(start, middle, cancellationToken).ConfigureAwait(false));
                start = middle;
            }
        }

        path.Reverse();
        return path;
    }

    /// <summary>Proof that the tree of <paramref name="newSize"/> continues that of <paramref name="oldSize"/>; empty from 0.</summary>
    public async ValueTask<IReadOnlyList<TreeHash>> ConsistencyAsync(
        ulong oldSize, ulong newSize, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, newSize);
        var path = new List<TreeHash>();
        if (oldSize == 0)
        {
            return path;
        }

        var (start, end) = (0UL, newSize);
        while (end != oldSize)
        {
            var middle = start + Split(end - start);
            if (oldSize <= middle)
            {
                path.Add(await RootAsync(middle, end, cancellationToken).ConfigureAwait(false));
                end = middle;
            }
            else
            {
                path.Add(await RootAsync(start, middle, cancellationToken).ConfigureAwait(false));
                start = middle;
            }
        }

        // Where the old tree is a subtree of its own, the verifier holds its root already.
        if (start != 0)
        {
            path.Add(await RootAsync(start, end, cancellationToken).ConfigureAwait(false));
        }

        path.Reverse();
        return path;
    }

    /// <summary>Root of the tree over the first <paramref name="size"/> leaves.</summary>
    public ValueTask<TreeHash> RootAsync(ulong size, CancellationToken cancellationToken) =>
        size == 0 ? ValueTask.FromResult(TreeHasher.EmptyRoot) : RootAsync(0, size, cancellationToken);

    private async ValueTask<TreeHash> RootAsync(ulong start, ulong end, CancellationToken cancellationToken)
    {
        if (BitOperations.IsPow2(end - start))
        {
            var height = BitOperations.Log2(end - start);
            return await nodes.NodeAsync(height, start >> height, cancellationToken).ConfigureAwait(false);
        }

        var middle = start + Split(end - start);
        var left = await RootAsync(start, middle, cancellationToken).ConfigureAwait(false);
        var right = await RootAsync(middle, end, cancellationToken).ConfigureAwait(false);
        return TreeHasher.Node(left, right);
    }

    /// <summary>Largest power of two below <paramref name="count"/> (RFC 6962: k).</summary>
    private static ulong Split(ulong count) => 1UL << BitOperations.Log2(count - 1);
}
