using Bailiwick.Evidence;
using CsCheck;

namespace Bailiwick.Tests.Evidence;

/// <summary>Random trees: each proof verifies, and it verifies nothing else.</summary>
public sealed class TreePropertyTests
{
    private static readonly Gen<(ulong Size, ulong Index, ulong Other)> Places =
        from size in Gen.ULong[1, 1500]
        from index in Gen.ULong[0, size - 1]
        from other in Gen.ULong[0, 1499]
        select (size, index, other);

    [Fact]
    public async Task Inclusion_RandomTreeAndLeaf_VerifiesAndNoOtherLeafOrPlaceDoes()
    {
        var (store, _) = await SampleLog.BuildAsync(Enumerable.Range(1, 1500).Select(size => (ulong)size).ToArray());
        await Places.SampleAsync(
            async place =>
            {
                var builder = new ProofBuilder(new TileNodes(store, place.Size));
                TreeHash[] path = [.. await builder.InclusionAsync(place.Index, place.Size, CancellationToken.None)];
                var root = await builder.RootAsync(place.Size, CancellationToken.None);
                var leaf = TreeHasher.Leaf(SampleLog.Entry(place.Index));
                Assert.True(InclusionProof.Verify(place.Index, place.Size, leaf, path, root));
                if (place.Other != place.Index)
                {
                    Assert.False(InclusionProof.Verify(place.Index, place.Size, TreeHasher.Leaf(SampleLog.Entry(place.Other)), path, root));
                    Assert.False(InclusionProof.Verify(place.Other, place.Size, leaf, path, root));
                }

                for (var i = 0; i < path.Length; i++)
                {
                    TreeHash[] changed = [.. path];
                    changed[i] = TreeHasher.Leaf(changed[i].AsSpan());
                    Assert.False(InclusionProof.Verify(place.Index, place.Size, leaf, changed, root));
                }

                Assert.False(InclusionProof.Verify(place.Index, place.Size, leaf, [.. path, root], root));
            },
            iter: 300);
    }

    [Fact]
    public async Task Consistency_RandomSizes_VerifiesAndAForkDoesNot()
    {
        var (store, _) = await SampleLog.BuildAsync(Enumerable.Range(1, 1500).Select(size => (ulong)size).ToArray());
        await Places.SampleAsync(
            async place =>
            {
                var old = place.Index + 1;
                var builder = new ProofBuilder(new TileNodes(store, place.Size));
                TreeHash[] path = [.. await builder.ConsistencyAsync(old, place.Size, CancellationToken.None)];
                var oldRoot = await new ProofBuilder(new TileNodes(store, old)).RootAsync(old, CancellationToken.None);
                var newRoot = await builder.RootAsync(place.Size, CancellationToken.None);
                var fork = TreeHasher.Leaf(oldRoot.AsSpan());
                Assert.True(ConsistencyProof.Verify(old, place.Size, oldRoot, newRoot, path));
                Assert.False(ConsistencyProof.Verify(old, place.Size, fork, newRoot, path));
                Assert.False(ConsistencyProof.Verify(old, place.Size, oldRoot, fork, path));
                Assert.False(ConsistencyProof.Verify(0, place.Size, oldRoot, newRoot, path));
                Assert.False(ConsistencyProof.Verify(old, place.Size, oldRoot, newRoot, [.. path, fork]));
            },
            iter: 300);
    }
}
