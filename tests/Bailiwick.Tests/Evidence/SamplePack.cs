using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

/// <summary>A pack of sample records, signed by the public test keys.</summary>
internal sealed record SamplePack(MemoryFolder Folder, TrustPolicy Policy, MemoryTileStore Log, IReadOnlyDictionary<ulong, byte[]> Checkpoints)
{
    private static readonly DateTimeOffset SignedAt = new(2026, 3, 3, 0, 0, 0, TimeSpan.Zero);

    public static SigningKey LogKey() => SampleLog.Signer(SampleLog.Origin, SignatureType.Ed25519);

    /// <summary>A pack of some leaves; with an earlier size it also has a previous checkpoint.</summary>
    public static async Task<SamplePack> CreateAsync(int seed, int leaves, params ulong[] earlier)
    {
        using var log = LogKey();
        using var witness = SampleLog.Signer("witness.example/w1", SignatureType.Ed25519Cosignature);
        var store = new MemoryTileStore();
        var appender = new TileAppender();
        var checkpoints = new Dictionary<ulong, byte[]>();
        async Task SealAsync()
        {
            foreach (var file in appender.Drain())
            {
                await store.WriteAsync(file.Path, file.Content, CancellationToken.None);
            }

            var checkpoint = new Checkpoint(SampleLog.Origin, appender.Size, appender.Root());
            checkpoints[appender.Size] = checkpoint.Sign([log, witness], SignedAt).ToBytes();
        }

        foreach (var leaf in new SampleRecords(seed).Take(leaves))
        {
            appender.Append(leaf.ToBytes());
            if (earlier.Contains(appender.Size))
            {
                await SealAsync();
            }
        }

        await SealAsync();
        var folder = new MemoryFolder();
        var content = new PackContent(
            store,
            checkpoints[(ulong)leaves],
            earlier.Length > 0 ? checkpoints[earlier[^1]] : [],
            [new PackDocument("yaml", Encoding.UTF8.GetBytes("policy: sample\n"))],
            [new PackDocument("json", Encoding.UTF8.GetBytes("{\"name\":\"smollm2-135m-instruct\"}\n"))]);
        await new PackWriter(content, folder, log).WriteAsync(CancellationToken.None);
        return new SamplePack(folder, NoteVectorTests.PolicyOf(SampleLog.Origin, ["witness.example/w1"], 1), store, checkpoints);
    }

    public Task<PackReport> VerifyAsync(MemoryFolder folder, params Checkpoint[] known) =>
        new PackVerifier(folder, Policy).VerifyAsync(known, CancellationToken.None);
}
