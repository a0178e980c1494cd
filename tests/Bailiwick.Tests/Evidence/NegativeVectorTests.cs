using System.Text;
using System.Text.Json;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

/// <summary>Every tampered item of the fixtures is refused, and for the reason that an independent verifier gave.</summary>
[Trait("Category", "Vectors")]
public sealed class NegativeVectorTests
{
    /// <summary>Which of our checks is meant by the words of the independent verifier.</summary>
    private static readonly Dictionary<string, FaultCode> Reasons = new()
    {
        ["log has not signed"] = FaultCode.SignatureMissing,
        ["quorum"] = FaultCode.Quorum,
        ["tree size"] = FaultCode.CheckpointSize,
        ["checkpoint lines"] = FaultCode.CheckpointLines,
        ["root hash"] = FaultCode.CheckpointRoot,
        ["control character"] = FaultCode.NoteCharacter,
        ["malformed signature line"] = FaultCode.NoteSignatureLine,
        ["no blank line"] = FaultCode.NoteFraming,
        ["empty tree root"] = FaultCode.CheckpointEmptyRoot,
        ["version line"] = FaultCode.ProofVersion,
        ["index"] = FaultCode.ProofIndex,
        ["index line"] = FaultCode.ProofIndex,
        ["hash base64"] = FaultCode.ProofHash,
        ["inclusion"] = FaultCode.Inclusion,
        ["length"] = FaultCode.TileLength,
        ["root"] = FaultCode.TileHash,
        ["short"] = FaultCode.BundleShort,
        ["entries"] = FaultCode.BundleEntries,
    };

    [Fact]
    public void Negatives_EveryItem_IsRefusedForItsReason()
    {
        var items = VectorFile.Fixture("negatives.json").Items("tests").ToList();
        Assert.All(items, item => Refuse(item.Text("kind"), item));
        Assert.Equal(65, items.Count);
    }

    private static void Refuse(string kind, JsonElement item)
    {
        switch (kind)
        {
            case "inclusion":
                Assert.False(TreeVectorTests.VerifyInclusion(item));
                break;
            case "consistency":
                Assert.False(TreeVectorTests.VerifyConsistency(item));
                break;
            case "checkpoint":
                Assert.False(PolicyOf(item).TryOpen(Encoding.UTF8.GetBytes(item.Text("note")), out _, out var refused));
                Expect(item, refused);
                break;
            case "tlog-proof":
                Expect(item, CheckProof(item));
                break;
            case "tile":
                Expect(item, CheckTile(item));
                break;
            case "bundle":
                Assert.True(HashTile.TryParse(TileOf(item), item.GetProperty("tile_b64").GetBytesFromBase64(), out var tile, out _));
                Expect(item, EntryBundle.Check(tile, item.GetProperty("bundle_b64").GetBytesFromBase64()));
                break;
            default:
                Assert.Fail("a kind that this test does not know: " + kind);
                break;
        }
    }

    private static Fault? CheckProof(JsonElement item)
    {
        Assert.True(TreeHash.TryParseBase64(item.Text("leaf_hash"), out var leaf));
        return TlogProof.TryParse(Encoding.UTF8.GetBytes(item.Text("proof")), out var proof, out var fault)
            ? proof.Verify(leaf, PolicyOf(item), out _)
            : fault;
    }

    /// <summary>A tile that is the whole tree: its hashes give the root or they do not.</summary>
    private static Fault? CheckTile(JsonElement item)
    {
        if (!HashTile.TryParse(TileOf(item), item.GetProperty("tile_b64").GetBytesFromBase64(), out var tile, out var fault))
        {
            return fault;
        }

        var range = new CompactRange();
        foreach (var hash in tile.Hashes)
        {
            range.Append(hash);
        }

        return range.Root().ToBase64() == item.Text("root") ? null : new Fault(FaultCode.TileHash, "other root");
    }

    private static TilePath TileOf(JsonElement item) =>
        new(item.TryGetProperty("level", out var level) ? level.GetInt32() : 0, item.Number("index"), (int)item.Number("width"));

    private static TrustPolicy PolicyOf(JsonElement item) =>
        TrustPolicy.Of(
            [SampleLog.Key(item.Text("log_vkey"))],
            [.. item.Items("witness_vkeys").Select(key => SampleLog.Key(key.GetString()!))],
            (int)item.Number("quorum"));

    private static void Expect(JsonElement item, Fault? fault)
    {
        Assert.True(fault is not null, $"{item.Text("id")} was accepted: {item.Text("reason")}");
        var words = item.Text("own_verifier");
        if (words.StartsWith("invalid signature for ", StringComparison.Ordinal))
        {
            Assert.Equal((FaultCode.SignatureInvalid, words), (fault.Code, fault.Reason));
        }
        else
        {
            Assert.True(Reasons[words] == fault.Code, $"{item.Text("id")} ({words}): {fault.Code} {fault}");
        }
    }
}
