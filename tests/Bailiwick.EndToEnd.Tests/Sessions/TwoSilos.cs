using Bailiwick.EndToEnd.Tests.Failover;
using Bailiwick.EndToEnd.Tests.Silo;

namespace Bailiwick.EndToEnd.Tests.Sessions;

/// <summary>Two silos, each gateway and worker, on one database.</summary>
internal sealed record TwoSilos(ClusterSite Cluster, ClusterNode First, ClusterNode Second, string Key)
{
    /// <param name="cluster">Its silos are these two, from the first call on.</param>
    /// <param name="boundary">Name of their cluster.</param>
    /// <param name="kvBlocks">Of each decoder.</param>
    /// <param name="profile">Profile of simulated decoders; null = the default model.</param>
    /// <param name="environment">Added to that of the silos.</param>
    public static async Task<TwoSilos> ReadyAsync(
        ClusterSite cluster, string boundary, int kvBlocks, string? profile = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        if (cluster.Nodes.Count == 0)
        {
            await cluster.StartAsync([.. Enumerable.Range(1, 2).Select(number => new SiloSetup(boundary, $"s{number}")
            {
                Models = [ClusterSite.ModelFolder], Store = CommandLine.Store, KvBlocks = kvBlocks, Simulate = profile,
                Grpc = SiteFixture.FreePort(), Http = SiteFixture.FreePort(), Environment = environment ?? new Dictionary<string, string>(),
            })]);
        }

        var pair = new TwoSilos(cluster, cluster.Nodes[0], cluster.Nodes[1], await cluster.KeyAsync($"k-{Guid.NewGuid():N}"));
        await pair.RestoreAsync();
        return pair;
    }

    /// <summary>A gateway reads its list of keys twice a second.</summary>
    public static Task UntilKnownAsync(ClusterNode gateway, string key) => Condition.HoldsAsync("a new key", TimeSpan.FromSeconds(10), async token =>
    {
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", key) } };
        using var answer = await http.GetAsync(new Uri(gateway.Http, "/v1/models"), token);
        return (answer.IsSuccessStatusCode, answer.StatusCode.ToString());
    });

    /// <summary>Starts what was killed, and waits until both gateways see both replicas idle.</summary>
    public async Task RestoreAsync()
    {
        await Task.WhenAll(new[] { First, Second }.Where(node => node.Silo.HasEnded).Select(node => node.StartAsync()));
        foreach (var node in new[] { First, Second })
        {
            using var client = ClusterSite.Client(Key, node);
            await Cluster.IdleAsync(client, 2);
        }
    }
}
