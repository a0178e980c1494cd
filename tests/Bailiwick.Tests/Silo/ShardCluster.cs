using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Shards;
using Bailiwick.Tests.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Bailiwick.Tests.Silo;

/// <summary>Silos in this process with simulated decoders in processes of their own; PostgreSQL is the only part that is not real.</summary>
internal sealed class ShardCluster : IAsyncDisposable
{
    public const string Model = "tiny";
    public const string Zone = "local-1";

    private readonly InProcessTestCluster _cluster;
    private readonly ConcurrentDictionary<string, PolicyOfOneSilo> _boards = new();

    private ShardCluster(int silos, string profile, int kvBlocks)
    {
        var model = ModelFolder();
        var decoders = new DecoderModel(
            null, Threads: 1, kvBlocks, AllowUnisolated: false, LinkUnderTest.Profile(profile), [model], GenAi: null);
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.Options.AssumeHomogenousSilosForTesting = false;
        builder.ConfigureSilo((options, silo) =>
        {
            var identity = new SiloIdentity(Zone, Node(options.SiloName), SiloRoles.Gateway | SiloRoles.Worker);
            OrleansSetup.AddPlacement(silo, identity);
            silo.Services.AddSingleton(TimeProvider.System);
            silo.Services.AddSingleton<IDesiredReplicas>(Desired);
            silo.Services.AddSingleton<IPolicyBoard>(_boards.GetOrAdd(options.SiloName, _ => new PolicyOfOneSilo()));
            ShardsFeature.Add(silo.Services, identity, identity.Roles, decoders);
        });
        _cluster = builder.Build();
    }

    public RecordedReplicas Desired { get; } = new();

    public IReadOnlyList<InProcessSiloHandle> Silos => _cluster.Silos;

    /// <summary>Starts silos and waits until each of them sees every replica ready.</summary>
    public static async Task<ShardCluster> StartAsync(
        int silos, string profile = """{"steps_per_second":200,"prefill_tokens_per_second":0}""", int kvBlocks = 0)
    {
        var cluster = new ShardCluster(silos, profile, kvBlocks);
        await cluster._cluster.DeployAsync();
        for (var silo = 0; silo < silos; silo++)
        {
            await cluster.UntilReplicasAsync(silo, replicas => replicas.Count(IsReady) == silos, "every replica ready");
        }

        return cluster;
    }

    public static bool IsReady(Replica replica) => replica is { Phase: ReplicaPhase.Ready, Draining: false };

    public IShards Shards(int silo) => Service<IShards>(silo);

    public T Service<T>(int silo)
        where T : notnull => _cluster.Silos.First(handle => handle.Name == $"Silo_{silo}").ServiceProvider.GetRequiredService<T>();

    public PolicyOfOneSilo Policy(int silo) => _boards[$"Silo_{silo}"];

    /// <summary>The replica on a silo's node, as another silo sees it.</summary>
    public Replica Replica(int node, int seenFrom) =>
        Shards(seenFrom).Current.Find(Model)!.Replicas.Single(replica => replica.Node == Node($"Silo_{node}"));

    public Admitted<Submit> Admit(Submit submit, int silo = 0)
    {
        Assert.True(Policy(silo).TryGet(out var guard, out _));
        return guard.Admit(submit, new RequestFacts
        {
            Credential = new Label("local", "public", "service-provision", "quick-start"),
            Caller = Place.In(Zone, Proof.Contract),
            Silos = [Place.In(Zone, Proof.Certificate)],
        }).Payload ?? throw new InvalidOperationException("The test's policy refuses the test's payload.");
    }

    public Task UntilReplicasAsync(int silo, Func<IReadOnlyList<Replica>, bool> holds, string phase) => LinkUnderTest.UntilAsync(
        () => Shards(silo).Current.Find(Model) is { } model && holds(model.Replicas),
        phase,
        () => string.Join("; ", Shards(silo).Current.Find(Model)?.Replicas ?? []));

    public Task KillAsync(int silo) => _cluster.KillSiloAsync(_cluster.Silos.First(handle => handle.Name == $"Silo_{silo}"));

    public Task StopAsync(int silo) => _cluster.StopSiloAsync(_cluster.Silos.First(handle => handle.Name == $"Silo_{silo}"));

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>A folder with an entry and no weights: enough for simulated decoders.</summary>
    public static string ModelFolder()
    {
        var folder = Scratch.Folder();
        File.WriteAllText(Path.Combine(folder, "model.json"), File.ReadAllText(Path.Combine(Repository.Root, "models/smollm2-135m-instruct/model.json"))
            .Replace("\"name\": \"smollm2-135m-instruct\"", $"\"name\": \"{Model}\"", StringComparison.Ordinal));
        return folder;
    }

    private static string Node(string silo) => "n" + silo[^1];
}

/// <summary>The tables in memory.</summary>
internal sealed class RecordedReplicas : IDesiredReplicas
{
    private readonly ConcurrentDictionary<NodeName, string[]> _models = new();

    public HashSet<NodeName> Drains { get; set; } = [];

    public Task<IReadOnlyList<string>> ModelsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([.. _models.Values.SelectMany(models => models).Distinct()]);

    public Task StateAsync(NodeName node, IReadOnlyDictionary<string, string> sources, CancellationToken cancellationToken)
    {
        _models[node] = [.. sources.Keys];
        return Task.CompletedTask;
    }

    public Task KeepEntryAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlySet<NodeName>> DrainsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlySet<NodeName>>(Drains);
}

/// <summary>The sample policy, at an epoch that a test may raise.</summary>
internal sealed class PolicyOfOneSilo : IPolicyBoard
{
    private static readonly string Text = File.ReadAllText(Repository.Fixture("residency", "sample.yaml"));

    private Guard _guard = GuardOf(1);

    public static Guard GuardOf(int epoch)
    {
        var text = Text.Replace("epoch: 1", $"epoch: {epoch}", StringComparison.Ordinal);
        CompiledPolicy policy = PolicyLoader.Load(Encoding.UTF8.GetBytes(text)).Policy!;
        return new Guard(policy.InForce(DateTimeOffset.UnixEpoch.AddYears(56), []));
    }

    public bool IsStale { get; set; }

    public void Raise(int epoch) => Volatile.Write(ref _guard, GuardOf(epoch));

    public bool TryGet([NotNullWhen(true)] out Guard? guard, [NotNullWhen(false)] out Refusal? refusal)
    {
        guard = IsStale ? null : Volatile.Read(ref _guard);
        refusal = IsStale ? new Refusal(Errors.PolicyStale, "The lease has run out.") : null;
        return !IsStale;
    }
}
