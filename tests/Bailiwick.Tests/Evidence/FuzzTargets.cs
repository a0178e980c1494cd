using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

/// <summary>
/// Every reader of untrusted bytes. Each takes any input and answers with a value: no exception at all, and memory in
/// proportion to the input. The same actions serve a coverage-guided fuzzer.
/// </summary>
internal static class FuzzTargets
{
    private static TrustPolicy Policy { get; } = SampleLog.Policy();

    public static IReadOnlyDictionary<string, (Action<byte[]> Read, Func<IEnumerable<byte[]>> Corpus)> All { get; } =
        new Dictionary<string, (Action<byte[]>, Func<IEnumerable<byte[]>>)>
        {
            ["leaf"] = (bytes => Leaf.TryParse(bytes, out _, out _), () => SampleRecords.OfEachKind(full: true).Select(leaf => leaf.ToBytes())),
            ["note"] = (ReadNote, Checkpoints),
            ["checkpoint"] = (bytes => Policy.TryOpen(bytes, out _, out _), Checkpoints),
            ["vkey"] = (bytes => VerifierKey.TryParse(Encoding.UTF8.GetString(bytes), out _, out _), Rows("vkeys.json", "tests", "vkey")),
            ["private-key"] = (ReadPrivateKey, () => [Encoding.ASCII.GetBytes(PrivateKey())]),
            ["tlog-proof"] = (ReadProof, () => Directory.GetFiles(Repository.Fixture("merkle", "proofs")).Select(File.ReadAllBytes)),
            ["policy"] = (bytes => TrustPolicy.TryParse(bytes, out _, out _), Rows("quorum.json", "tests", "policy")),
            ["tile-path"] = (bytes => TilePath.TryParse(Encoding.UTF8.GetString(bytes), out _), Rows("tile-paths.json", "tests", "path")),
            ["bundle"] = (bytes => EntryBundle.TryParse(new TilePath(TilePath.Entries, 0, 70), bytes, out _, out _), () => [VectorFile.FixtureBytes("log", "tile", "entries", "000.p", "70")]),
            ["add-checkpoint"] = (ReadRequest, Rows("add-checkpoint.json", "steps", "body")),
            ["witness-state"] = (bytes => WitnessState.TryParse(bytes, out _, out _), () => [State().ToBytes()]),
            ["hash-tile"] = (bytes => HashTile.TryParse(new TilePath(0, 0, 70), bytes, out _, out _), () => [VectorFile.FixtureBytes("log", "tile", "0", "000.p", "70")]),
            ["events"] = (ReadEvents, () => [.. SampleRecords.OfEachKind(full: false).Select(leaf => (byte[])[.. leaf.ToBytes(), (byte)'\n'])]),
            ["hash"] = (bytes => TreeHash.TryParseBase64(Encoding.UTF8.GetString(bytes), out _), () => [Encoding.ASCII.GetBytes(TreeHasher.EmptyRoot.ToBase64())]),
            ["manifest"] = (bytes => PackManifest.TryParse(Encoding.UTF8.GetString(bytes), out _, out _), () => [Manifest()]),
        };

    private static void ReadNote(byte[] bytes)
    {
        if (SignedNote.TryParse(bytes, out var note, out _))
        {
            Assert.Equal(bytes, note.ToBytes());
            Assert.True(!Checkpoint.TryParse(note.Text, out var checkpoint, out _) || checkpoint.ToText() == note.Text);
        }
    }

    private static void ReadProof(byte[] bytes)
    {
        if (TlogProof.TryParse(bytes, out var proof, out _))
        {
            Assert.Equal(bytes, proof.ToBytes());
            proof.Verify(TreeHasher.EmptyRoot, Policy, out _);
        }
    }

    private static void ReadRequest(byte[] bytes)
    {
        using var key = SampleLog.Signer("witness.example/w1", SignatureType.Ed25519Cosignature);
        var (answer, _) = Witness.Exchange(State(), bytes, [key], DateTimeOffset.UnixEpoch);
        Assert.Contains(answer.Status, new[] { 200, 400, 403, 404, 409, 422 });
    }

    private static void ReadEvents(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        var lines = new EventLines(stream);
        var length = 0;
        while (lines.NextAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            length += lines.Line.Length + 1;
            _ = Leaf.TryParse(lines.Line.Span, out _, out _);
        }

        Assert.True(lines.Fault is not null || length == bytes.Length);
    }

    private static void ReadPrivateKey(byte[] bytes)
    {
        if (SigningKey.TryParse(Encoding.UTF8.GetString(bytes), out var key, out _))
        {
            key.Dispose();
        }
    }

    private static WitnessState State() => WitnessState.Empty.WithKey(Policy.Logs[0]);

    private static string PrivateKey()
    {
        using var key = SamplePack.LogKey();
        return key.ToPrivateText();
    }

    private static byte[] Manifest()
    {
        var note = File.ReadAllText(Repository.Fixture("pack", PackNames.Manifest));
        return Encoding.UTF8.GetBytes(note[..(note.LastIndexOf("\n\n", StringComparison.Ordinal) + 1)]);
    }

    private static IEnumerable<byte[]> Checkpoints() =>
        [VectorFile.FixtureBytes("log", "checkpoint.600"), VectorFile.FixtureBytes("checkpoint-extension.70"), VectorFile.FixtureBytes("checkpoint-mldsa44.600")];

    private static Func<IEnumerable<byte[]>> Rows(string file, string list, string field) =>
        () => VectorFile.Fixture(file).Items(list).Select(row => Encoding.UTF8.GetBytes(row.Text(field)));
}
