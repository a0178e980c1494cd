using System.Security.Cryptography;
using System.Text.Json;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Tests.Evidence;

/// <summary>The 600-entry log of the fixtures: read it, and build every byte of it again.</summary>
[Trait("Category", "Vectors")]
public sealed class LogVectorTests
{
    [Fact]
    public async Task Log_OfSixHundredEntries_IsRebuiltByteForByte()
    {
        var log = VectorFile.Fixture("log.json");
        var rebuilt = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var appender = new TileAppender();
        using var logKey = SampleLog.Signer(SampleLog.Origin, SignatureType.Ed25519);
        foreach (var row in log.Items("checkpoints"))
        {
            while (appender.Size < row.Number("size"))
            {
                appender.Append(SampleLog.Entry(appender.Size));
            }

            foreach (var file in appender.Drain())
            {
                rebuilt[file.Path.ToString()] = file.Content.ToArray();
            }

            Assert.Equal(row.Text("root"), appender.Root().ToBase64());
            Assert.Equal(
                row.Items("tiles").Select(tile => tile.GetString()),
                TileLayout.Tiles(appender.Size).Select(tile => tile.ToString()));
            var note = Cosigned(new Checkpoint(SampleLog.Origin, appender.Size, appender.Root()), logKey, row.GetProperty("cosigned"));
            Assert.Equal(VectorFile.FixtureBytes("log", row.Text("file")), note);
        }

        Assert.Equal(VectorFile.FixtureBytes("log", "checkpoint.600"), VectorFile.FixtureBytes("log", "checkpoint"));
        var expected = log.Items("files").OrderBy(file => file.Text("path"), StringComparer.Ordinal).ToList();
        Assert.Equal(expected.Select(file => file.Text("path")), rebuilt.Keys);
        foreach (var file in expected)
        {
            Assert.Equal(VectorFile.FixtureBytes(["log", .. file.Text("path").Split('/')]), rebuilt[file.Text("path")]);
            Assert.Equal(file.Text("sha256"), Convert.ToHexStringLower(SHA256.HashData(rebuilt[file.Text("path")])));
        }
    }

    [Fact]
    public async Task Log_ResumedFromItsFilesAtEachCheckpoint_EndsAtTheSameRoot()
    {
        var store = new FolderTileStore(new DiskFolder(Repository.Fixture("merkle", "log")));
        foreach (var row in VectorFile.Fixture("log.json").Items("checkpoints"))
        {
            var appender = await TileAppender.ResumeAsync(store, row.Number("size"), CancellationToken.None);
            Assert.Equal(row.Text("root"), appender.Root().ToBase64());
            while (appender.Size < 600)
            {
                appender.Append(SampleLog.Entry(appender.Size));
            }

            var last = appender.Drain().Single(file => file.Path.Level == TilePath.Entries && file.Path.Index == 2);
            Assert.Equal(VectorFile.FixtureBytes("log", "tile", "entries", "002.p", "88"), last.Content.ToArray());
        }
    }

    [Fact]
    public async Task Log_OfSeventyThousandEntries_HasThePublishedTiles()
    {
        foreach (var big in VectorFile.Fixture("log.json").Items("big"))
        {
            var size = big.Number("size");
            var (store, appender) = await SampleLog.BuildAsync(size);
            Assert.Equal(big.Text("root"), appender.Root().ToBase64());
            Assert.Equal(big.Number("tile_count"), (ulong)TileLayout.Tiles(size).Count());
            foreach (var file in big.Items("tiles").Concat(big.Items("bundles")))
            {
                Assert.True(TilePath.TryParse(file.Text("path"), out var path));
                var content = await store.ReadAsync(path, CancellationToken.None);
                Assert.Equal(file.Text("sha256"), Convert.ToHexStringLower(SHA256.HashData(content!.Value.Span)));
            }
        }
    }

    [Fact]
    public void TilePath_EveryRowOfTheFixtures_IsTakenOrRefused()
    {
        foreach (var row in VectorFile.Fixture("tile-paths.json").Items("tests"))
        {
            var text = row.Text("path");
            var isTaken = TilePath.TryParse(text, out var path);
            var parsed = row.GetProperty("parsed");
            Assert.True(isTaken == (parsed.ValueKind == JsonValueKind.Object), text);
            if (isTaken)
            {
                var level = parsed.GetProperty("level");
                var expected = level.ValueKind == JsonValueKind.String ? TilePath.Entries : level.GetInt32();
                Assert.Equal(new TilePath(expected, parsed.Number("index"), (int)parsed.Number("width")), path);
                Assert.Equal(text, path.ToString());
            }
        }
    }

    [Fact]
    public void Proofs_EveryFile_VerifyWithLeafAndPolicyAlone()
    {
        foreach (var row in VectorFile.Fixture("log.json").Items("proofs"))
        {
            var bytes = VectorFile.FixtureBytes(row.Text("file").Split('/'));
            Assert.True(TlogProof.TryParse(bytes, out var proof, out _));
            Assert.True(TreeHash.TryParseBase64(row.Text("leaf_hash"), out var leaf));
            Assert.Null(proof.Verify(leaf, SampleLog.Policy(), out var trusted));
            Assert.Equal((row.Number("leaf_index"), row.Number("size")), (proof.Index, trusted!.Checkpoint.Size));
            Assert.Equal(bytes, proof.ToBytes());
        }
    }

    private static byte[] Cosigned(Checkpoint checkpoint, SigningKey logKey, JsonElement cosigned)
    {
        var note = checkpoint.Sign([logKey], DateTimeOffset.UnixEpoch);
        foreach (var witness in cosigned.EnumerateObject())
        {
            using var key = SampleLog.Signer(witness.Name, SignatureType.Ed25519Cosignature);
            var line = key.Sign(checkpoint, DateTimeOffset.FromUnixTimeSeconds(witness.Value.GetInt64()));
            note = note with { Signatures = [.. note.Signatures, line] };
        }

        return note.ToBytes();
    }
}
