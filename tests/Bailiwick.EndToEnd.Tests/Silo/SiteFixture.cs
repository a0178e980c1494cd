using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>A private PostgreSQL with our schema, and the site's keys: a copy of <see cref="SiteTemplate"/>.</summary>
public sealed class SiteFixture : IAsyncLifetime
{
    // Not in the checkout: as root, PostgreSQL runs as another user, who must be able to reach the folder.
    private readonly string _folder;

    public const string LogOrigin = "test.example/log";

    public SiteFixture()
    {
        Port = FreePort();
        _folder = Path.Combine(Path.GetTempPath(), $"bailiwick-{Environment.ProcessId}-{Port}");
    }

    public int Port { get; }

    /// <summary>As the schema's owner; sees everything.</summary>
    public NpgsqlDataSource Owner { get; private set; } = null!;

    public string At(params string[] parts) => Path.Combine([_folder, .. parts]);

    public string Connection(string duty) => Connection(_folder, Port, duty);

    internal static string Connection(string folder, int port, string duty) =>
        $"Host=127.0.0.1;Port={port};Database=bailiwick;Username=bailiwick_{duty}_login;Passfile={folder}/logins/{duty}.pgpass";

    public async Task InitializeAsync()
    {
        await SiteTemplate.CopyAsync(_folder, Port);
        await ClusterAsync("start");
        Owner = NpgsqlDataSource.Create(Connection("owner"));
    }

    public async Task DisposeAsync()
    {
        if (Owner is not null)
        {
            await Owner.DisposeAsync();
        }

        await ClusterAsync("stop");
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Stops or starts the private PostgreSQL.</summary>
    internal Task ClusterAsync(string verb) =>
        SiteTemplate.ClusterAsync(verb, _folder, Port);

    /// <summary>The configuration of a silo with a certificate of its own.</summary>
    /// <returns>The file.</returns>
    internal async Task<string> ConfigureAsync(SiloSetup setup)
    {
        var folder = At(setup.Boundary, setup.Node);
        await Executable.SucceedAsync(
            "dotnet",
            [Executable.Cli, "keys", "issue", folder, "--ca", At("keys"), "--zone", setup.Zone, "--node", setup.Node, .. setup.Roles.SelectMany(role => new[] { "--role", role })]);
        var file = Path.Combine(folder, "silo.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
        {
            boundary = setup.Boundary,
            jurisdiction = setup.Jurisdiction,
            zone = setup.Zone,
            node = setup.Node,
            roles = setup.Roles,
            policy = setup.Policy ?? Path.Combine(Checkout.Root, "tests/fixtures/residency/sample.yaml"),
            data = $"{folder}/data",
            certificate = new { authority = At("keys", "ca.pem"), file = $"{folder}/silo.pem", key = $"{folder}/silo.key" },
            database = new
            {
                application = Connection("application"),
                intake = Connection("intake"),
                sequencer = Connection("sequencer"),
                auditor = Connection("auditor"),
            },
            listen = new { silo = setup.SiloPort, grpc = setup.Grpc, http = setup.Http, operations = setup.Operations, tls = setup.Tls },
            decoders = new
            {
                store = setup.Store ?? $"{folder}/builds",
                models = setup.Models,
                threads = setup.Threads,
                kvBlocks = setup.KvBlocks,
                simulate = setup.Simulate,
                genAi = Environment.GetEnvironmentVariable("BAILIWICK_GENAI"),
            },
            callers = setup.Callers ?? new { networks = new[] { new { network = "127.0.0.0/8", zone = setup.CallerZone } } },
            limits = setup.Limits,
            neighbours = setup.Neighbours.Select(entry => new { jurisdiction = entry.Key, cluster = entry.Value }),
            sessions = new { keys = At("sealing.keys") },
            log = new { origin = LogOrigin, key = At("log.key"), published = At(setup.Boundary, "published") },
        }));
        return file;
    }

    internal Task<string> ConfigureAsync(string boundary, string node, int siloPort, int operationsPort) =>
        ConfigureAsync(new SiloSetup(boundary, node) { SiloPort = siloPort, Operations = operationsPort });

    internal async Task<SiloProcess> StartAsync(string boundary, string node, int? siloPort = null) =>
        SiloProcess.Start(await ConfigureAsync(boundary, node, siloPort ?? FreePort(), FreePort()));

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>What differs from silo to silo in tests.</summary>
internal sealed record SiloSetup(string Boundary, string Node)
{
    public string Zone { get; init; } = "local-1";

    public string Jurisdiction { get; init; } = "local";

    /// <summary>Zone of callers on loopback.</summary>
    public string CallerZone { get; init; } = "local-1";

    /// <summary>Clusters of other jurisdictions.</summary>
    public Dictionary<string, string> Neighbours { get; init; } = [];

    public string[] Roles { get; init; } = ["gateway", "worker"];

    /// <summary>Null: the sample policy.</summary>
    public string? Policy { get; init; }

    public int SiloPort { get; init; } = SiteFixture.FreePort();

    public int Operations { get; init; } = SiteFixture.FreePort();

    /// <summary>0 = no door.</summary>
    public int Grpc { get; init; }

    /// <summary>0 = no door.</summary>
    public int Http { get; init; }

    /// <summary>Published models that it serves.</summary>
    public string[] Models { get; init; } = [];

    /// <summary>Folder of builds; null: its own.</summary>
    public string? Store { get; init; }

    public int Threads { get; init; } = 1;

    public int KvBlocks { get; init; }

    /// <summary>Added to the environment of its process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Profile of simulated decoders; null: real ones.</summary>
    public string? Simulate { get; init; }

    /// <summary>The section `callers`; null: the network map of loopback alone.</summary>
    public object? Callers { get; init; }

    /// <summary>The section `limits`.</summary>
    public object[] Limits { get; init; } = [];

    /// <summary>The section `listen.tls`; null: none.</summary>
    public object? Tls { get; init; }
}

/// <summary>They share one PostgreSQL and take no time of anything: one after the other, beside other collections.</summary>
[CollectionDefinition(Name)]
public sealed class SiteCollection : ICollectionFixture<SiteFixture>
{
    public const string Name = "Site";
}
