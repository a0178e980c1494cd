using Bailiwick.Protocol;
using Bailiwick.Silo.Cluster;
using Orleans.TestingHost;

namespace Bailiwick.Tests.Silo;

/// <summary>Two silos in this process, each in a zone of its own.</summary>
public sealed class ShardPlacementClusterTests : IAsyncLifetime
{
    private static readonly string Build = new('a', 64);

    private readonly InProcessTestCluster _cluster = Cluster();

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Grains_OfTwoZones_LandOnTheNodesThatTheirKeysName()
    {
        // Called from both silos: the caller's place must not count.
        var factories = _cluster.Silos.Select(silo => silo.ServiceProvider.GetService(typeof(IGrainFactory))).Cast<IGrainFactory>().ToArray();
        for (var i = 0; i < 200; i++)
        {
            var zone = $"z{i % 2}";
            var key = new ShardKey(zone, "n1", Build[..60] + i.ToString("x4", System.Globalization.CultureInfo.InvariantCulture), 0);
            var grain = factories[i / 2 % 2].GetGrain<IPlacedGrain>(key.ToString());

            Assert.Equal($"Silo_{i % 2}", await grain.WhereAsync(CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("z0/n9/", ShardPlacementFault.NoSuchNode)]
    [InlineData("z9/n1/", ShardPlacementFault.NoSuchNode)]
    [InlineData("z0/", ShardPlacementFault.MalformedKey)]
    public async Task Grain_WithoutAPlace_IsRefusedWithTheReason(string start, object reason)
    {
        var grain = _cluster.Client.GetGrain<IPlacedGrain>($"{start}{Build}/0");

        var refusal = await Assert.ThrowsAsync<ShardPlacementException>(() => grain.WhereAsync(CancellationToken.None));

        Assert.Equal((ShardPlacementFault)reason, refusal.Fault);
    }

    private static InProcessTestCluster Cluster()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.Options.AssumeHomogenousSilosForTesting = false;
        builder.ConfigureSilo((options, silo) => OrleansSetup.AddPlacement(
            silo, new SiloIdentity($"z{options.SiloName[^1]}", "n1", SiloRoles.Worker)));
        return builder.Build();
    }
}

[Alias("bailiwick.tests.placed")]
public interface IPlacedGrain : IGrainWithStringKey
{
    [Alias("where")]
    Task<string> WhereAsync(CancellationToken cancellationToken);
}

[ShardPlacement]
internal sealed class PlacedGrain(Orleans.Runtime.ILocalSiloDetails silo) : Grain, IPlacedGrain
{
    public Task<string> WhereAsync(CancellationToken cancellationToken) => Task.FromResult(silo.Name);
}
