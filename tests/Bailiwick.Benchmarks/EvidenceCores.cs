using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Benchmarks;

/// <summary>Speed of the evidence core: appending to the tree, verifying a proof, a whole pack without any code of ours.</summary>
internal static class EvidenceCores
{
    private const int Rounds = 5;
    private const int TreeLeaves = 1_000_000;
    private const int Proofs = 2_000;
    private const int PackLeaves = 100_000;
    private const string Origin = "log.example/benchmark";

    private static readonly DateTimeOffset SignedAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Medians of five, as one JSON object.</summary>
    public static async Task<JsonObject> MeasureAsync(CancellationToken cancellationToken)
    {
        using var key = SigningKey.FromSeed(Origin, SignatureType.Ed25519, SHA256.HashData("benchmark"u8));
        var (store, appender) = await BuildAsync(cancellationToken);
        var note = new Checkpoint(Origin, appender.Size, appender.Root()).Sign([key], SignedAt).ToBytes();
        return new JsonObject
        {
            ["tree_append_leaves_per_second"] = Math.Round(Median(Append)),
            ["entry_hash_and_append_leaves_per_second"] = Math.Round(Median(HashAndAppend)),
            ["inclusion_verify_us"] = await VerifyProofAsync(store, appender, note, key.Key, wholeProof: false, cancellationToken),
            ["tlog_proof_verify_us"] = await VerifyProofAsync(store, appender, note, key.Key, wholeProof: true, cancellationToken),
            ["pack_leaves"] = PackLeaves,
            ["pack_verify_seconds"] = await VerifyPackAsync(store, note, key, useScript: false, cancellationToken),
            ["verify_sh_seconds"] = await VerifyPackAsync(store, note, key, useScript: true, cancellationToken),
        };
    }

    /// <summary>Leaf hashes into the tree: what a sequencer does with entries that were hashed at intake.</summary>
    private static double Append()
    {
        var hash = TreeHasher.Leaf("leaf"u8);
        var range = new CompactRange();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < TreeLeaves; i++)
        {
            range.Append(hash);
        }

        range.Root();
        return TreeLeaves / clock.Elapsed.TotalSeconds;
    }

    private static double HashAndAppend()
    {
        var entry = Record(1).ToBytes();
        var range = new CompactRange();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < TreeLeaves; i++)
        {
            range.Append(TreeHasher.Leaf(entry));
        }

        range.Root();
        return TreeLeaves / clock.Elapsed.TotalSeconds;
    }

    private static async Task<(MemoryTileStore Store, TileAppender Appender)> BuildAsync(CancellationToken cancellationToken)
    {
        var store = new MemoryTileStore();
        var appender = new TileAppender();
        TreeHash? previous = null;
        for (var i = 0; i < PackLeaves; i++)
        {
            previous = appender.Append(Record(i, previous).ToBytes());
        }

        foreach (var file in appender.Drain())
        {
            await store.WriteAsync(file.Path, file.Content, cancellationToken);
        }

        return (store, appender);
    }

    /// <summary>Median time of one proof, in microseconds: the path alone, or a proof file with its signed checkpoint.</summary>
    private static async Task<double> VerifyProofAsync(
        MemoryTileStore store, TileAppender log, byte[] note, VerifierKey key, bool wholeProof, CancellationToken cancellationToken)
    {
        var policy = TrustPolicy.Of([key], [], 0);
        var builder = new ProofBuilder(new TileNodes(store, log.Size));
        var root = log.Root();
        var nodes = new TileNodes(store, log.Size);
        var proofs = new List<(ulong Index, TreeHash Leaf, TreeHash[] Path, byte[] File)>();
        for (var i = 0; i < Proofs; i++)
        {
            var index = (ulong)i * 49;
            var path = await builder.InclusionAsync(index, log.Size, cancellationToken);
            var leaf = await nodes.NodeAsync(0, index, cancellationToken);
            proofs.Add((index, leaf, [.. path], new TlogProof(null, index, path, note).ToBytes()));
        }

        return Math.Round(Median(() =>
        {
            var clock = Stopwatch.StartNew();
            foreach (var (index, leaf, path, file) in proofs)
            {
                var isGood = wholeProof
                    ? TlogProof.TryParse(file, out var proof, out _) && proof.Verify(leaf, policy, out _) is null
                    : InclusionProof.Verify(index, log.Size, leaf, path, root);
                if (!isGood)
                {
                    throw new InvalidOperationException($"proof {index} does not verify");
                }
            }

            return clock.Elapsed.TotalMicroseconds / Proofs;
        }), 2);
    }

    /// <summary>Median time of a whole pack on disk, in seconds: by our verifier, or by verify.sh.</summary>
    private static async Task<double> VerifyPackAsync(
        MemoryTileStore store, byte[] note, SigningKey key, bool useScript, CancellationToken cancellationToken)
    {
        var path = Directory.CreateTempSubdirectory("bailiwick-benchmark-").FullName;
        try
        {
            var folder = new DiskFolder(path);
            await new PackWriter(new PackContent(store, note, default, [], []), folder, key).WriteAsync(cancellationToken);
            var seconds = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                var clock = Stopwatch.StartNew();
                await (useScript ? RunScriptAsync(path, key.Key, cancellationToken) : RunVerifierAsync(folder, key.Key, cancellationToken));
                seconds.Add(clock.Elapsed.TotalSeconds);
            }

            return Math.Round(seconds.Order().ElementAt(Rounds / 2), 2);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static async Task RunVerifierAsync(DiskFolder folder, VerifierKey key, CancellationToken cancellationToken)
    {
        var report = await new PackVerifier(folder, TrustPolicy.Of([key], [], 0)).VerifyAsync([], cancellationToken);
        if (!report.IsVerified)
        {
            throw new InvalidOperationException(string.Join("; ", report.Faults));
        }
    }

    private static async Task RunScriptAsync(string path, VerifierKey key, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(path, PackNames.Script), key.ToString()]) { RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("bash does not start");
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(output);
        }
    }

    private static double Median(Func<double> measure) =>
        Enumerable.Range(0, Rounds).Select(_ => measure()).Order().ElementAt(Rounds / 2);

    /// <summary>An intent of usual length (about 900 bytes).</summary>
    private static IntentLeaf Record(int number, TreeHash? previous = null)
    {
        var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("build")));
        return new IntentLeaf(
            new LeafOrigin(SignedAt.AddMilliseconds(number), "silo-1", previous),
            string.Create(CultureInfo.InvariantCulture, $"t-{number:000000}"),
            null,
            new LabelPart("eu.de.by", "internal", "casework", "by-stmi"),
            null,
            new CallerPart("p-4f1c2a", "de-by-1", "certificate"),
            "smollm2-135m-instruct",
            new ExecutorPart("node-1", "de-by-1", ZoneEvidence.Enrolled, "dec-1", digest, digest, "x86-64-v4"),
            new SamplerPart(number, 512, 700_000),
            new DecisionPart(Effect.Allow, 7, TreeHasher.EmptyRoot, ["BY-1"], [], []));
    }
}
