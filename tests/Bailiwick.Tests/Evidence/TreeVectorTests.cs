using System.Text.Json;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

[Trait("Category", "Vectors")]
public sealed class TreeVectorTests
{
    [Fact]
    public void Root_EverySizeOfTheFixtures_IsThePublishedOne()
    {
        var roots = VectorFile.Fixture("roots.json");
        var range = new CompactRange();
        var count = 0;
        foreach (var row in roots.Items("roots"))
        {
            while (range.Size < row.Number("size"))
            {
                range.Append(TreeHasher.Leaf(SampleLog.Entry(range.Size)));
            }

            Assert.Equal((row.Number("size"), row.Text("root")), (range.Size, range.Root().ToBase64()));
            count++;
        }

        foreach (var sample in roots.Items("leaf_samples"))
        {
            var entry = SampleLog.Entry(sample.Number("index"));
            Assert.Equal(sample.Text("leaf_hex"), Convert.ToHexStringLower(entry));
            Assert.Equal(sample.Text("leaf_hash"), TreeHasher.Leaf(entry).ToBase64());
        }

        Assert.Equal(93, count);
    }

    [Fact]
    public async Task InclusionProof_EveryRowOfTheFixtures_IsMadeAndVerifies()
    {
        var rows = VectorFile.Fixture("inclusion.json").Items("tests").ToList();
        foreach (var group in rows.GroupBy(row => row.Number("size")))
        {
            var (store, _) = await SampleLog.BuildAsync(group.Key);
            var builder = new ProofBuilder(new TileNodes(store, group.Key));
            foreach (var row in group)
            {
                var made = await builder.InclusionAsync(row.Number("index"), group.Key, CancellationToken.None);
                Assert.Equal(row.Items("proof").Select(hash => hash.GetString()), made.Select(hash => hash.ToBase64()));
                Assert.True(VerifyInclusion(row), row.ToString());
                Assert.Equal(row.Text("leaf_hash"), TreeHasher.Leaf(SampleLog.Entry(row.Number("index"))).ToBase64());
            }
        }

        Assert.Equal(451, rows.Count);
    }

    [Fact]
    public async Task ConsistencyProof_EveryRowOfTheFixtures_IsMadeAndVerifies()
    {
        var rows = VectorFile.Fixture("consistency.json").Items("tests").ToList();
        foreach (var group in rows.GroupBy(row => row.Number("size2")))
        {
            var (store, _) = await SampleLog.BuildAsync(group.Key);
            var builder = new ProofBuilder(new TileNodes(store, group.Key));
            foreach (var row in group)
            {
                var made = await builder.ConsistencyAsync(row.Number("size1"), group.Key, CancellationToken.None);
                Assert.Equal(row.Items("proof").Select(hash => hash.GetString()), made.Select(hash => hash.ToBase64()));
                Assert.True(VerifyConsistency(row), row.ToString());
            }
        }

        Assert.Equal(191, rows.Count);
    }

    [Fact]
    public void BareProofs_WithSizesFromThePeer_VerifyWhereTheCheckpointWouldNot()
    {
        // Two items that show why sizes come from signed checkpoints only: the bare algorithm must accept them.
        foreach (var item in VectorFile.Fixture("negatives.json").Items("not_negative"))
        {
            Assert.True(item.Text("kind") == "inclusion" ? VerifyInclusion(item) : VerifyConsistency(item), item.ToString());
        }
    }

    [VectorsFact]
    public void PublicProofs_EveryRow_GivesThePublishedVerdict()
    {
        var inclusion = VectorFile.Public("merkle", "inclusion.json").Items("tests").ToList();
        Assert.All(inclusion, row => Assert.Equal(row.GetProperty("valid").GetBoolean(), VerifyInclusion(row)));
        var consistency = VectorFile.Public("merkle", "consistency.json").Items("tests").ToList();
        Assert.All(consistency, row => Assert.Equal(row.GetProperty("valid").GetBoolean(), VerifyConsistency(row)));
        Assert.Equal((98, 98), (inclusion.Count, consistency.Count));
    }

    [VectorsFact]
    public async Task PublicTrees_HashesRootsAndTheTreeOfTheRfc_AreTheirs()
    {
        var rfc = VectorFile.Public("merkle", "rfc6962.json");
        var hashes = rfc.Items("hashes").ToDictionary(row => row.Text("what"), row => row.Text("hash"));
        Assert.Equal(hashes["empty tree"], TreeHasher.EmptyRoot.ToHex());
        Assert.Equal(hashes["empty leaf"], TreeHasher.Leaf([]).ToHex());
        Assert.Equal(hashes["leaf L123456"], TreeHasher.Leaf("L123456"u8).ToHex());

        var eight = rfc.GetProperty("eight_leaves");
        var range = new CompactRange();
        var roots = eight.Items("roots_hex_by_size").Select(root => root.GetString()).ToList();
        Assert.Equal(roots[0], range.Root().ToHex());
        foreach (var (leaf, index) in eight.Items("leaves_hex").Select((leaf, index) => (leaf.GetString()!, index)))
        {
            range.Append(TreeHasher.Leaf(Convert.FromHexString(leaf)));
            Assert.Equal(roots[index + 1], range.Root().ToHex());
        }

        await CheckDrawnTreeAsync(rfc.GetProperty("rfc6962_example"));
    }

    private static async Task CheckDrawnTreeAsync(JsonElement drawn)
    {
        const ulong Size = 7;
        var nodes = drawn.GetProperty("nodes");
        var (store, _) = await SampleLog.BuildAsync(Size);
        var builder = new ProofBuilder(new TileNodes(store, Size));
        IEnumerable<string> Named(JsonElement names) => names.EnumerateArray().Select(name => nodes.GetProperty(name.GetString()!).Text("hash"));
        foreach (var path in drawn.Items("audit_paths"))
        {
            var made = await builder.InclusionAsync(path.Number("index"), Size, CancellationToken.None);
            Assert.Equal(Named(path.GetProperty("path")), made.Select(hash => hash.ToBase64()));
        }

        foreach (var proof in drawn.Items("consistency_proofs"))
        {
            var made = await builder.ConsistencyAsync(proof.Number("from"), Size, CancellationToken.None);
            Assert.Equal(Named(proof.GetProperty("proof")), made.Select(hash => hash.ToBase64()));
        }
    }

    /// <summary>A hash of the wrong length cannot even be given to the verifier: that is a refusal.</summary>
    internal static bool VerifyInclusion(JsonElement row) =>
        TryHashes(row, out var path, "leaf_hash", "root", out var leaf, out var root)
        && InclusionProof.Verify(row.Number("index"), row.Number("size"), leaf, path, root);

    internal static bool VerifyConsistency(JsonElement row) =>
        TryHashes(row, out var path, "root1", "root2", out var root1, out var root2)
        && ConsistencyProof.Verify(row.Number("size1"), row.Number("size2"), root1, root2, path);

    private static bool TryHashes(
        JsonElement row, out TreeHash[] path, string first, string second, out TreeHash firstHash, out TreeHash secondHash)
    {
        path = [];
        if (first == "root1")
        {
            // One public row has roots of 12 bytes: what counts in it is that both are equal.
            (firstHash, secondHash) = (StandIn(row.Text(first)), StandIn(row.Text(second)));
        }
        else if (!TreeHash.TryParseBase64(row.Text(first), out firstHash) | !TreeHash.TryParseBase64(row.Text(second), out secondHash))
        {
            return false;
        }

        var hashes = row.GetProperty("proof").EnumerateArray()
            .Select(text => TreeHash.TryParseBase64(text.GetString(), out var hash) ? hash : (TreeHash?)null)
            .ToList();
        path = [.. hashes.OfType<TreeHash>()];
        return path.Length == hashes.Count;
    }

    private static TreeHash StandIn(string root) =>
        TreeHash.TryParseBase64(root, out var hash) ? hash : TreeHasher.Leaf(Convert.FromBase64String(root));
}
