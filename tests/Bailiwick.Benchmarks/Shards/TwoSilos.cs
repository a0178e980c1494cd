using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
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
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Bailiwick.Benchmarks.Shards;

/// <summary>
/// Two silos in this process that speak TCP with each other as two processes would, each with a simulated decoder in a process of
/// its own. Tables and policy are in memory: they are not on a token's way.
/// </summary>
internal sealed class TwoSilos : IAsyncDisposable
{
    private const string Zone = "local-1";
    private const string Model = "tiny";

    private readonly List<IHost> _silos = [];
    private readonly Tables _tables = new();
    private readonly Board _board = new();

    private TwoSilos()
    {
    }

    public IShards Gateway => _silos[0].Services.GetRequiredService<IShards>();

    /// <summary>The replica on the gateway's own silo (0) or on the other one (1).</summary>
    public Replica Replica(int silo) => Gateway.Current.Find(Model)!.Replicas.Single(replica => replica.Node == $"n{silo}");

    /// <summary>The decoder's process.</summary>
    public int Pid(int silo) => int.Parse(Replica(silo).Abilities!.Decoder.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture);

    public static async Task<TwoSilos> StartAsync(string profile, CancellationToken cancellationToken)
    {
        var cluster = new TwoSilos();
        var (first, second) = (FreePort(), FreePort());
        cluster._silos.Add(cluster.Silo("n0", first, first, profile));
        cluster._silos.Add(cluster.Silo("n1", second, first, profile));
        foreach (var silo in cluster._silos)
        {
            await silo.StartAsync(cancellationToken);
        }

        while (cluster.Gateway.Current.Find(Model)?.Replicas.Count(replica => replica.Phase == ReplicaPhase.Ready) != cluster._silos.Count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }

        return cluster;
    }

    public Admitted<Submit> Admit(Submit submit) => _board.Guard.Admit(submit, new RequestFacts
    {
        Credential = new Label("local", "public", "service-provision", "quick-start"),
        Caller = Place.In(Zone, Proof.Contract),
        Silos = [Place.In(Zone, Proof.Certificate)],
    }).Payload ?? throw new InvalidOperationException("The sample policy refuses the benchmark's payload.");

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Enumerable.Reverse(_silos))
        {
            await silo.StopAsync(CancellationToken.None);
            silo.Dispose();
        }
    }

    private IHost Silo(string node, int port, int primary, string profile)
    {
        var identity = new SiloIdentity(Zone, node, SiloRoles.Gateway | SiloRoles.Worker);
        var builder = new HostApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseDevelopmentClustering(new IPEndPoint(IPAddress.Loopback, primary));
            silo.Configure<EndpointOptions>(endpoint =>
            {
                (endpoint.AdvertisedIPAddress, endpoint.SiloPort, endpoint.GatewayPort) = (IPAddress.Loopback, port, 0);
            });
            silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("benchmark", "bailiwick"));
            OrleansSetup.AddPlacement(silo, identity);
            silo.Services.AddSingleton(TimeProvider.System);
            silo.Services.AddSingleton<IDesiredReplicas>(_tables);
            silo.Services.AddSingleton<IPolicyBoard>(_board);
            ShardsFeature.Add(silo.Services, identity, identity.Roles, new DecoderModel(
                null, Threads: 1, KvBlocks: 0, AllowUnisolated: false, profile, [ModelFolder()], GenAi: null));
        });
        return builder.Build();
    }

    /// <summary>A folder with an entry and no weights: enough for a simulated decoder.</summary>
    private static string ModelFolder()
    {
        var folder = Scratch.Folder();
        File.WriteAllText(Path.Combine(folder, "model.json"), File.ReadAllText("models/smollm2-135m-instruct/model.json")
            .Replace("\"name\": \"smollm2-135m-instruct\"", $"\"name\": \"{Model}\"", StringComparison.Ordinal));
        return folder;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Tables : IDesiredReplicas
    {
        public Task<IReadOnlyList<string>> ModelsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([Model]);

        public Task StateAsync(NodeName node, IReadOnlyDictionary<string, string> sources, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task KeepEntryAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IReadOnlySet<NodeName>> DrainsAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlySet<NodeName>>(new HashSet<NodeName>());
    }

    private sealed class Board : IPolicyBoard
    {
        private static readonly byte[] Text = Encoding.UTF8.GetBytes(File.ReadAllText("tests/fixtures/residency/sample.yaml"));

        public Guard Guard { get; } = new(PolicyLoader.Load(Text).Policy!.InForce(DateTimeOffset.UnixEpoch.AddYears(56), []));

        public bool TryGet([NotNullWhen(true)] out Guard? guard, [NotNullWhen(false)] out Refusal? refusal)
        {
            (guard, refusal) = (Guard, null);
            return true;
        }
    }
}
