using Bailiwick.Protocol;
using Bailiwick.Silo.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.TestingHost;

namespace Bailiwick.Tests.Silo;

/// <summary>What membership says of two silos in this process.</summary>
public sealed class ClusterNodesTests : IAsyncLifetime
{
    private readonly InProcessTestCluster _cluster = Cluster();

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task List_OfARunningCluster_NamesEachSiloAndItsRoles()
    {
        var before = TimeProvider.System.GetUtcNow().AddMinutes(-5);

        var nodes = await ListedAsync(nodes => nodes.Count == 2 && nodes.All(node => node.Roles != SiloRoles.None));

        Assert.Equal([("z0", "n1"), ("z1", "n1")], nodes.Select(node => (node.Zone, node.Node)).Order());
        Assert.All(nodes, node => Assert.Equal((SiloRoles.Gateway | SiloRoles.Worker, SiloStatus.Active), (node.Roles, node.Status)));
        Assert.All(nodes, node => Assert.InRange(node.Started, before, before.AddMinutes(10)));
        Assert.All(nodes, node => Assert.Matches(@"^.+:\d+$", node.Address));
    }

    [Fact]
    public async Task List_AfterASiloHasLeft_ShowsItAsDead()
    {
        var gone = _cluster.Silos[1].SiloAddress.Endpoint.ToString();
        await _cluster.StopSiloAsync(_cluster.Silos[1]);

        var nodes = await ListedAsync(nodes => nodes.Any(node => node.Status == SiloStatus.Dead));

        Assert.Equal(gone, Assert.Single(nodes, node => node.Status == SiloStatus.Dead).Address);
    }

    private async Task<IReadOnlyList<ClusterNode>> ListedAsync(Func<IReadOnlyList<ClusterNode>, bool> enough)
    {
        var services = _cluster.Silos[0].ServiceProvider;
        var nodes = new ClusterNodes(services.GetRequiredService<IGrainFactory>(), services.GetRequiredService<ISiloMetadataCache>());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        IReadOnlyList<ClusterNode> listed;
        while (!enough(listed = await nodes.ListAsync(patience.Token)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }

        return listed;
    }

    private static InProcessTestCluster Cluster()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.Options.AssumeHomogenousSilosForTesting = false;
        builder.ConfigureSilo((options, silo) => OrleansSetup.AddPlacement(
            silo, new SiloIdentity($"z{options.SiloName[^1]}", "n1", SiloRoles.Gateway | SiloRoles.Worker)));
        return builder.Build();
    }
}
