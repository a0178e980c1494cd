using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Bailiwick.EndToEnd.Tests.Silo;

namespace Bailiwick.EndToEnd.Tests.Observation;

/// <summary>A gateway with a worker and a worker alone, over simulated decoders, with keys and a load.</summary>
internal sealed class MeteredCluster : IAsyncDisposable
{
    /// <summary>Stands in every prompt.</summary>
    public const string Canary = "zanzibar-canary-90417";

    private const string Model = "smollm2-135m-instruct";
    private const string Boundary = "metered";

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(3) };
    private readonly SiteFixture _site;
    private readonly int _door = SiteFixture.FreePort();

    private MeteredCluster(SiteFixture site) => _site = site;

    public SiloProcess Gateway { get; private set; } = null!;

    public SiloProcess Worker { get; private set; } = null!;

    public string OperationsKey { get; private set; } = "";

    /// <summary>May do inference with public data.</summary>
    public string PublicKey { get; private set; } = "";

    /// <summary>May do inference, for a class that the sample policy never allows.</summary>
    public string InternalKey { get; private set; } = "";

    public static async Task<MeteredCluster> StartAsync(SiteFixture site)
    {
        var cluster = new MeteredCluster(site);
        var profile = site.At("metered-profile.json");
        await File.WriteAllTextAsync(profile, """{"steps_per_second": 40, "prefill_tokens_per_second": 0, "batch": 64}""");
        // With the purpose of probes, so that ready means that a token came through.
        var policy = site.At("metered-policy.yaml");
        var sample = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "tests/fixtures/residency/sample.yaml"));
        await File.WriteAllTextAsync(policy, sample.Replace("purposes: [service-provision]", "purposes: [service-provision, probe]", StringComparison.Ordinal));
        SiloSetup Setup(string node, params string[] roles) => new(Boundary, node)
        {
            Roles = roles,
            Models = [Path.Combine(Checkout.Root, "models/smollm2-135m-instruct")],
            Simulate = profile,
            Policy = policy,
        };

        var gateway = await site.ConfigureAsync(Setup("n1", "gateway", "worker") with { Http = cluster._door });
        cluster.OperationsKey = await KeyAsync(gateway, "scraper", "public", "operations");
        cluster.PublicKey = await KeyAsync(gateway, "public", "public", "inference");
        cluster.InternalKey = await KeyAsync(gateway, "internal", "internal", "inference");
        cluster.Gateway = SiloProcess.Start(gateway);
        await cluster.Gateway.JoinedAsync();
        cluster.Worker = SiloProcess.Start(await site.ConfigureAsync(Setup("n2", "worker")));
        await cluster.Worker.JoinedAsync();
        return cluster;
    }

    public async Task<(HttpStatusCode Status, string Text)> GetAsync(Uri silo, string path, string? key, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(silo, path));
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using var response = await _http.SendAsync(request, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>A chat by HTTP.</summary>
    public async Task<(HttpStatusCode Status, string Text)> ChatAsync(string key, int tokens, bool stream, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{_door}/v1/chat/completions")
        {
            Content = JsonContent.Create(new
            {
                model = Model,
                max_tokens = tokens,
                stream,
                messages = new[] { new { role = "user", content = $"Say {Canary}." } },
            }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await _http.SendAsync(request, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Gateway.DisposeAsync();
        if (Worker is not null)
        {
            await Worker.DisposeAsync();
        }
    }

    private static async Task<string> KeyAsync(string configuration, string name, string @class, string scope)
    {
        var (exitCode, output, error) = await Executable.RunAsync(
            "dotnet", Executable.Silo, "key", "--config", configuration, "--name", name, "--tenant", "quick-start", "--jurisdiction", "local",
            "--class", @class, "--purpose", "service-provision", "--scope", scope, "--days", "1");
        Assert.True(exitCode == 0, error);
        return output.Split('\n').Single(line => line.StartsWith("secret: ", StringComparison.Ordinal))["secret: ".Length..].Trim();
    }
}
