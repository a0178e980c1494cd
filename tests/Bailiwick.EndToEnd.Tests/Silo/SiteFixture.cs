using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Bailiwick.EndToEnd.Tests.Silo;

/// <summary>A private PostgreSQL with our schema, made as the quick start makes it, and the site's authority. One for all cluster tests.</summary>
public sealed class SiteFixture : IAsyncLifetime
{
    // Not in the checkout: as root, PostgreSQL runs as another user, who must be able to reach the folder.
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "bailiwick-cluster-" + Environment.ProcessId);

    public int Port { get; } = FreePort();

    /// <summary>As the schema's owner; sees everything.</summary>
    public NpgsqlDataSource Owner { get; private set; } = null!;

    public string At(params string[] parts) => Path.Combine([_folder, .. parts]);

    public string Connection(string duty) =>
        $"Host=127.0.0.1;Port={Port};Database=bailiwick;Username=bailiwick_{duty}_login;Passfile={At("logins", duty + ".pgpass")}";

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        await Ran("bash", Path.Combine(Checkout.Root, "infra/postgres/private-cluster.sh"), "start", _folder, $"{Port}");
        await Ran("bash", Path.Combine(Checkout.Root, "infra/postgres/provision.sh"), _folder, $"{Port}");
        await File.WriteAllTextAsync(At("owner.json"), $$$"""{"database": {"owner": "{{{Connection("owner")}}}"}}""");
        await Ran("dotnet", Executable.Silo, "migrate", "--config", At("owner.json"));
        await Ran("dotnet", Executable.Cli, "keys", "ca", At("keys"));
        Owner = NpgsqlDataSource.Create(Connection("owner"));
    }

    public async Task DisposeAsync()
    {
        if (Owner is not null)
        {
            await Owner.DisposeAsync();
        }

        await Ran("bash", Path.Combine(Checkout.Root, "infra/postgres/private-cluster.sh"), "stop", _folder);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The configuration of a silo with a certificate of its own.</summary>
    /// <returns>The file.</returns>
    internal async Task<string> ConfigureAsync(string boundary, string node, int siloPort, int operationsPort)
    {
        var folder = At(boundary, node);
        await Ran(
            "dotnet", Executable.Cli, "keys", "issue", folder, "--ca", At("keys"), "--zone", "local-1", "--node", node, "--role", "gateway", "--role", "worker");
        var file = Path.Combine(folder, "silo.json");
        await File.WriteAllTextAsync(file, $$"""
            {
              "boundary": "{{boundary}}", "jurisdiction": "local", "zone": "local-1", "node": "{{node}}", "roles": ["gateway", "worker"],
              "policy": "{{Path.Combine(Checkout.Root, "tests/fixtures/residency/sample.yaml")}}", "data": "{{folder}}/data",
              "certificate": {"authority": "{{At("keys", "ca.pem")}}", "file": "{{folder}}/silo.pem", "key": "{{folder}}/silo.key"},
              "database": {"application": "{{Connection("application")}}", "intake": "{{Connection("intake")}}", "sequencer": "{{Connection("sequencer")}}"},
              "listen": {"silo": {{siloPort}}, "grpc": 0, "http": 0, "operations": {{operationsPort}}},
              "decoders": {"store": "{{folder}}/builds"}
            }
            """);
        return file;
    }

    internal async Task<SiloProcess> StartAsync(string boundary, string node, int? siloPort = null) =>
        SiloProcess.Start(await ConfigureAsync(boundary, node, siloPort ?? FreePort(), FreePort()));

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task Ran(string program, params string[] arguments)
    {
        var (exitCode, output, error) = await Executable.RunAsync(program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}{error}");
    }
}

/// <summary>Cluster tests measure times and share one PostgreSQL: one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClusterCollection : ICollectionFixture<SiteFixture>
{
    public const string Name = "Cluster";
}
