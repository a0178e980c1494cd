using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Api.Auth;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.Failover;

/// <summary>A private PostgreSQL for one class of tests, and the silos that they start on it.</summary>
public sealed class ClusterSite : IAsyncLifetime
{
    public const string Model = "smollm2-135m-instruct";

    /// <summary>A loaded machine starts silos slowly; nothing that is measured waits for this.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly List<ClusterNode> _nodes = [];

    public SiteFixture Site { get; } = new();

    /// <summary>Silos that ended by themselves and were started again.</summary>
    internal int Restarts { get; private set; }

    internal IReadOnlyList<ClusterNode> Nodes => _nodes;

    public static string ModelFolder { get; } = Path.Combine(Checkout.Root, "models", Model);

    public Task InitializeAsync() => Site.InitializeAsync();

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
        await Site.DisposeAsync();
    }

    internal async Task<ClusterNode> StartAsync(SiloSetup setup) => (await StartAsync([setup]))[0];

    /// <summary>Starts them side by side: a start is half waiting.</summary>
    internal async Task<IReadOnlyList<ClusterNode>> StartAsync(IReadOnlyList<SiloSetup> setups)
    {
        var nodes = await Task.WhenAll(setups.Select(async setup => new ClusterNode(setup, await Site.ConfigureAsync(setup))));
        _nodes.AddRange(nodes);
        await Task.WhenAll(nodes.Select(node => node.StartAsync()));
        return nodes;
    }

    /// <summary>A gateway without decoders.</summary>
    internal static SiloSetup Gateway(string boundary, string name) =>
        new(boundary, name) { Roles = ["gateway"], Grpc = SiteFixture.FreePort(), Http = SiteFixture.FreePort() };

    /// <summary>A worker with the default model; with a profile, a simulated one.</summary>
    internal static SiloSetup Worker(string boundary, string name, int kvBlocks, string? profile = null) => new(boundary, name)
    {
        Roles = ["worker"],
        Models = [ModelFolder],
        // Shared by all workers and all runs on this machine: imported once.
        Store = CommandLine.Store,
        KvBlocks = kvBlocks,
        Simulate = profile,
    };

    /// <summary>A profile of simulated decoders.</summary>
    internal async Task<string> ProfileAsync(string json)
    {
        var file = Site.At("profile.json");
        await File.WriteAllTextAsync(file, json);
        return file;
    }

    /// <summary>A key for everything, under the sample policy's label or another one.</summary>
    internal async Task<string> KeyAsync(string name, Bailiwick.Residency.Label? label = null)
    {
        var time = TimeProvider.System;
        var minted = new KeyMint(new SystemChance(), time).Make(new NewKey(
            name, label ?? new Bailiwick.Residency.Label("local", "public", "service-provision", "quick-start"),
            [Scopes.Inference, Scopes.Operations, Scopes.Audit], time.GetUtcNow().AddDays(1)));
        await using var source = NpgsqlDataSource.Create(Site.Connection("application"));
        await new KeyStore(source).AddAsync(minted, CancellationToken.None);
        return minted.Secret;
    }

    /// <summary>A client that, where there is no other gateway, is patient with its one: a loaded machine is slow to answer a probe.</summary>
    internal static BailiwickClient Client(string key, params ClusterNode[] gateways)
    {
        var options = new BailiwickClientOptions { Gateways = [.. gateways.Select(gateway => gateway.Grpc)], Key = key };
        return new(gateways.Length > 1 ? options : options with { ProbeLimit = TimeSpan.FromSeconds(30) });
    }

    /// <summary>Waits until so many replicas are ready and hold nothing: every KV block free, no turn active or waiting.</summary>
    internal async Task IdleAsync(BailiwickClient client, int replicas) =>
        await Condition.HoldsAsync($"{replicas} replicas ready and idle", Patience, async token =>
        {
            // As systemd does: a silo that the machine held up for too long is declared dead, ends and is started again.
            var ended = _nodes.Where(node => node.Silo.HasEnded).ToList();
            Restarts += ended.Count;
            await Task.WhenAll(ended.Select(node => node.StartAsync()));

            try
            {
                var model = (await client.ListModelsAsync(token)).FirstOrDefault(entry => entry.Name == Model);
                var idle = model?.Replicas.Where(replica => replica.State == ModelState.Ready && replica.KvBlocks > 0
                    && replica.KvBlocksFree == replica.KvBlocks && replica.Active == 0 && replica.Waiting == 0).ToList() ?? [];
                return (idle.Count == replicas && model!.Replicas.Count == replicas, $"{model}\n{Output}");
            }
            catch (BailiwickException problem)
            {
                // A key that was made a moment ago is known within half a second.
                return (false, $"{problem.Message}\n{Output}");
            }
        });

    /// <summary>Which node's decoder answers a turn: the latest of its records says so.</summary>
    internal async Task<ClusterNode> ServingAsync(string turn)
    {
        await using var command = Site.Owner.CreateCommand("""
            WITH intent AS (SELECT hash FROM records WHERE kind = 'intent' AND convert_from(leaf, 'UTF8')::jsonb ->> 'turn' = $1)
            SELECT convert_from(leaf, 'UTF8')::jsonb -> 'executor' ->> 'node' FROM records
            WHERE hash IN (SELECT hash FROM intent) OR (kind = 'moved' AND intent IN (SELECT hash FROM intent))
            ORDER BY id DESC LIMIT 1
            """);
        command.Parameters.AddWithValue(turn);
        var name = (string?)await command.ExecuteScalarAsync();
        return _nodes.Single(node => node.Name == name);
    }

    /// <summary>Causes in the moved records of a turn, in order.</summary>
    internal async Task<IReadOnlyList<string>> MovesAsync(string turn)
    {
        await using var command = Site.Owner.CreateCommand("""
            SELECT convert_from(m.leaf, 'UTF8')::jsonb ->> 'cause' FROM records m JOIN records i ON m.intent = i.hash
            WHERE m.kind = 'moved' AND convert_from(i.leaf, 'UTF8')::jsonb ->> 'turn' = $1 ORDER BY m.id
            """);
        command.Parameters.AddWithValue(turn);
        var causes = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            causes.Add(reader.GetString(0));
        }

        return causes;
    }

    /// <summary>Takes the pack of the whole log as an officer does, and checks it offline.</summary>
    /// <returns>The report, and every leaf.</returns>
    internal async Task<(PackReport Report, IReadOnlyList<Leaf> Leaves)> PackAsync(
        string name, ClusterNode gateway, string key, System.Security.Cryptography.X509Certificates.X509Certificate2? authority = null)
    {
        await SequencedAsync();
        var path = Directory.CreateDirectory(Site.At("pack-" + name)).FullName;
        var folder = new DiskFolder(path);
        using (var client = new EvidenceClient(gateway.Grpc, key, authority))
        {
            var files = new Dictionary<string, Stream>(StringComparer.Ordinal);
            await foreach (var piece in client.ExportAsync())
            {
                var file = files.TryGetValue(piece.File, out var open) ? open : files[piece.File] = folder.Create(piece.File);
                await file.WriteAsync(piece.Bytes);
            }

            foreach (var file in files.Values)
            {
                await file.DisposeAsync();
            }
        }

        // What the log names by its digest lies beside it.
        var entry = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            await File.ReadAllBytesAsync(Path.Combine(ModelFolder, "model.json"))));
        Assert.True(File.Exists(Path.Combine(path, PackNames.Models, entry + ".json")), "the pack lacks the model's catalogue entry");

        Assert.True(KeyFile.TryRead(Site.At("log.key"), out var signer, out var fault), fault?.ToString());
        using (signer)
        {
            var report = await new PackVerifier(folder, TrustPolicy.Of([signer.Key], [], 0)).VerifyAsync([], CancellationToken.None);
            Assert.True(report.IsVerified, string.Join('\n', report.Faults));
            var leaves = new List<Leaf>();
            await foreach (var line in File.ReadLinesAsync(Path.Combine(path, "events.jsonl")))
            {
                Assert.True(Leaf.TryParse(System.Text.Encoding.UTF8.GetBytes(line), out var leaf, out var problem), problem?.ToString());
                leaves.Add(leaf!);
            }

            return (report, leaves);
        }
    }

    /// <summary>Waits until every intent has its outcome, those of killed gateways too.</summary>
    internal async Task ClosedAsync() =>
        await Condition.HoldsAsync("every intent closed", Patience, async token =>
        {
            await using var command = Site.Owner.CreateCommand("""
                SELECT count(*) FROM records i WHERE kind = 'intent'
                AND NOT EXISTS (SELECT 1 FROM records o WHERE o.kind = 'outcome' AND o.intent = i.hash)
                """);
            var open = (long)(await command.ExecuteScalarAsync(token))!;
            return (open == 0, $"{open} open\n{Output}");
        });

    /// <summary>Waits until every record has its place in a signed tree.</summary>
    private async Task SequencedAsync() =>
        await Condition.HoldsAsync("every record in the signed tree", Patience, async token =>
        {
            await using var command = Site.Owner.CreateCommand(
                """
                SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM positions), (SELECT coalesce(max(size), 0) FROM checkpoints)
                """);
            await using var reader = await command.ExecuteReaderAsync(token);
            await reader.ReadAsync(token);
            var (records, placed, signed) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            return (records == placed && placed == signed, $"{records} records, {placed} placed, {signed} signed\n{Output}");
        });

    /// <summary>Runs a test; where it fails, what the silos printed is its story.</summary>
    internal async Task TellAsync(Xunit.Abstractions.ITestOutputHelper output, Func<Task> test)
    {
        var passed = false;
        try
        {
            await test();
            passed = true;
        }
        finally
        {
            if (!passed)
            {
                output.WriteLine(Output);
            }
        }
    }

    /// <summary>What all silos printed.</summary>
    internal string Output => string.Join('\n', _nodes.Select(node => node.Output));
}

/// <summary>Tests that kill and measure: one after the other, nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FailoverCollection
{
    public const string Name = "Failover";
}
