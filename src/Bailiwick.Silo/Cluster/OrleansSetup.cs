using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Orleans.Configuration;
using Orleans.Placement;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Bailiwick.Silo.Cluster;

/// <summary>Orleans as this cluster uses it: membership in PostgreSQL, fast probes, nothing that moves or sheds grains.</summary>
internal static class OrleansSetup
{
    public static void Configure(ISiloBuilder silo, SiloModel model)
    {
        silo.UseAdoNetClustering(clustering =>
        {
            clustering.Invariant = "Npgsql";
            clustering.ConnectionString = model.Database.Application;
        });
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (model.Boundary, "bailiwick"));
        silo.Configure<Orleans.Configuration.SiloOptions>(named => named.SiloName = $"{model.Identity.Zone}/{model.Identity.Node}");
        silo.Configure<EndpointOptions>(endpoint =>
        {
            endpoint.AdvertisedIPAddress = model.Listen.Address;
            endpoint.SiloPort = model.Listen.Silo;
            // No external client: the doors are in the gateways, which are silos.
            endpoint.GatewayPort = 0;
        });
        silo.Configure<ClusterMembershipOptions>(Probe);
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10));
        silo.Configure<GrainCollectionOptions>(collection => collection.EnableActivationSheddingOnMemoryPressure = false);
        AddPlacement(silo, model.Identity with { Roles = model.Roles });
    }

    /// <summary>What this silo says of itself to the others' placement, and the filter that reads it.</summary>
    public static void AddPlacement(ISiloBuilder silo, SiloIdentity identity)
    {
        silo.UseSiloMetadata(new Dictionary<string, string> { [ShardHost.MetadataKey] = identity.Uri });
        silo.Services.AddGrainDirectory(ShardDirectory.Name, (_, _) => new ShardDirectory());
        silo.Services.AddPlacementFilter<ShardPlacementStrategy, ShardPlacementDirector>(ServiceLifetime.Singleton);
    }

    /// <summary>A killed silo is declared dead within about a second; below one second a pause of the machine is a false death.</summary>
    private static void Probe(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        membership.MaxProbeTimeout = TimeSpan.FromSeconds(2);
        membership.NumMissedProbesLimit = 2;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        membership.MaxJoinAttemptTime = TimeSpan.FromSeconds(30);
        // On, a hung host is found late (measured: 8.5 s instead of 2.8 s).
        membership.EnableConnectionLivenessCheck = false;
    }
}
