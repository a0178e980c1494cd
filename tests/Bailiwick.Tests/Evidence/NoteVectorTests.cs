using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

[Trait("Category", "Vectors")]
public sealed class NoteVectorTests
{
    [Fact]
    public void Keys_OfEverySeed_AreThePublishedOnes()
    {
        var keys = VectorFile.Fixture("keys.json");
        foreach (var row in keys.Items("keys").Append(keys.GetProperty("mldsa44")))
        {
            var type = SampleLog.Key(row.Text("vkey")).Type;
            using var key = SigningKey.FromSeed(row.Text("name"), type, Convert.FromHexString(row.Text("seed_hex")));
            Assert.Equal(row.Text("vkey"), key.Key.ToString());
            Assert.Equal(row.Text("key_id"), key.Key.KeyId.ToString("x8", System.Globalization.CultureInfo.InvariantCulture));
            Assert.True(SigningKey.TryParse(key.ToPrivateText(), out var again, out _));
            Assert.Equal(key.Key, again.Key);
            again.Dispose();
        }
    }

    [Fact]
    public void VerifierKey_EveryRowOfTheFixtures_IsTakenOrRefused() =>
        Assert.All(VectorFile.Fixture("vkeys.json").Items("tests"), row =>
        {
            var isTaken = VerifierKey.TryParse(row.Text("vkey"), out var key, out var fault);
            Assert.True(isTaken == row.GetProperty("valid").GetBoolean(), row.Text("why"));
            Assert.Equal(isTaken ? null : FaultCode.VerifierKey, fault?.Code);
            Assert.Equal(isTaken ? row.Text("vkey") : null, key?.ToString());
        });

    [Fact]
    public void Checkpoint_WithExtensionLine_IsOpenedWithIt()
    {
        var bytes = VectorFile.FixtureBytes("checkpoint-extension.70");
        var policy = PolicyOf(SampleLog.Origin, ["witness.example/w2"], 1);
        Assert.True(policy.TryOpen(bytes, out var trusted, out var fault), fault?.ToString());
        Assert.Equal((70UL, "bailiwick-epoch 7"), (trusted.Checkpoint.Size, trusted.Checkpoint.Extensions.Single()));
        Assert.Single(trusted.Witnesses);
    }

    [Fact]
    public void Checkpoint_WithMlDsaCosignature_VerifiesItOrIgnoresIt()
    {
        var bytes = VectorFile.FixtureBytes("checkpoint-mldsa44.600");
        var postQuantum = SampleLog.Key(VectorFile.Fixture("keys.json").GetProperty("mldsa44").Text("vkey"));
        var log = SampleLog.Key(KeyText(SampleLog.Origin));
        Assert.True(TrustPolicy.Of([log], [postQuantum], 1).TryOpen(bytes, out var trusted, out var fault), fault?.ToString());
        Assert.NotNull(trusted.Witnesses.Single().Time);
        Assert.True(TrustPolicy.Of([log], [], 0).TryOpen(bytes, out _, out _));

        // One bit inside the 2,420 bytes: who knows the key refuses, who does not cannot tell.
        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        var line = Array.FindIndex(lines, text => text.Contains("witness.example/pq", StringComparison.Ordinal));
        var signature = lines[line].Split(' ')[^1];
        var changed = Convert.FromBase64String(signature);
        changed[1000] ^= 1;
        lines[line] = lines[line].Replace(signature, Convert.ToBase64String(changed), StringComparison.Ordinal);
        var tampered = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        Assert.False(TrustPolicy.Of([log], [postQuantum], 1).TryOpen(tampered, out _, out fault));
        Assert.Equal(FaultCode.SignatureInvalid, fault.Code);
        Assert.True(TrustPolicy.Of([log], [], 0).TryOpen(tampered, out _, out _));
    }

    [Fact]
    public void Quorum_EveryPolicyOfTheFixtures_IsReadOrRefusedAndMetByWhomItSays()
    {
        var rows = VectorFile.Fixture("quorum.json").Items("tests").ToList();
        foreach (var row in rows)
        {
            var isValid = TrustPolicy.TryParse(Encoding.UTF8.GetBytes(row.Text("policy")), out var policy, out var fault);
            Assert.True(isValid == row.GetProperty("valid").GetBoolean(), row.Text("name") + ": " + fault);
            if (!isValid)
            {
                Assert.Equal(FaultCode.TrustPolicy, fault!.Code);
                continue;
            }

            foreach (var @case in row.Items("cases"))
            {
                var witnesses = @case.Items("cosigned_by").Select(name => name.GetString()!).ToHashSet();
                Assert.True(policy!.IsMetBy(witnesses) == @case.GetProperty("met").GetBoolean(), row.Text("name") + ": " + @case);
            }
        }

        Assert.Equal(22, rows.Count);
    }

    [VectorsFact]
    public void PublicNotes_EveryRow_IsOpenedOrRefused()
    {
        var notes = VectorFile.Public("merkle", "notes.json");
        foreach (var row in notes.Items("notes"))
        {
            var keys = row.Items("vkeys").Select(key => SampleLog.Key(key.GetString()!)).ToList();
            var isOpened = SignedNote.TryParse(Encoding.UTF8.GetBytes(row.Text("note")), out var note, out var fault)
                && note.TryVerify(keys, out _, out fault);
            Assert.True(isOpened == (row.Text("expect") == "valid"), row.Text("id") + ": " + fault);
        }

        foreach (var row in notes.Items("parse"))
        {
            CheckParsed(row.Text("kind"), row);
        }
    }

    internal static TrustPolicy PolicyOf(string log, string[] witnesses, int needed) =>
        TrustPolicy.Of([SampleLog.Key(KeyText(log))], [.. witnesses.Select(name => SampleLog.Key(KeyText(name)))], needed);

    private static string KeyText(string name) =>
        VectorFile.Fixture("keys.json").Items("keys").Single(key => key.Text("name") == name).Text("vkey");

    private static void CheckParsed(string kind, System.Text.Json.JsonElement row)
    {
        switch (kind)
        {
            case "checkpoint":
                var parsed = row.GetProperty("parsed");
                Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(row.Text("text")), out var note, out _));
                Assert.True(Checkpoint.TryParse(note.Text, out var checkpoint, out _));
                Assert.Equal(
                    (parsed.Text("origin"), parsed.Number("size"), parsed.Text("root"), (int)parsed.Number("signatures")),
                    (checkpoint.Origin, checkpoint.Size, checkpoint.Root.ToBase64(), note.Signatures.Count));
                break;
            case "add-checkpoint":
                Assert.True(AddCheckpointRequest.TryParse(Encoding.UTF8.GetBytes(row.Text("text")), out var request, out _));
                Assert.Equal(
                    (row.GetProperty("parsed").Number("old"), (int)row.GetProperty("parsed").Number("proof_lines")),
                    (request.OldSize, request.Proof.Count));
                break;
            case "tiles":
                var tiles = TileLayout.Tiles(row.Number("size")).ToList();
                Assert.Equal((int)row.GetProperty("parsed").Number("level0_full"), tiles.Count(tile => tile is { Level: 0, IsFull: true }));
                Assert.Equal((int)row.GetProperty("parsed").Number("level0_partial"), tiles.Single(tile => tile is { Level: 0, IsFull: false }).Width);
                Assert.Equal((int)row.GetProperty("parsed").Number("level1_partial"), tiles.Single(tile => tile is { Level: 1, IsFull: false }).Width);
                Assert.Equal((int)row.GetProperty("parsed").Number("level2_partial"), tiles.Single(tile => tile is { Level: 2 }).Width);
                break;
            case "tile-index-path":
                Assert.Equal("tile/0/" + row.Text("path"), new TilePath(0, row.Number("index"), TilePath.FullWidth).ToString());
                break;
            case "policy":
                // Its keys are elided in the specification: only its shape could be read, and a key must be one.
                Assert.False(TrustPolicy.TryParse(Encoding.UTF8.GetBytes(row.Text("text")), out _, out var fault));
                Assert.Equal("line 1", fault.Place);
                break;
            default:
                Assert.Fail("a kind of text that this test does not read: " + kind);
                break;
        }
    }
}
