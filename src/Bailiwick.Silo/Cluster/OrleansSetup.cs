using System.Net;
using Bailiwick.Silo.Hosting;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Bailiwick.Silo.Cluster;

/// <summary>Orleans as this cluster uses it: membership in PostgreSQL, fast probes, nothing that moves or sheds grains.</summary>
internal static class OrleansSetup
{
    public static void Configure(ISiloBuilder silo, SiloModel model)
    {
        var options = model.Options;
        silo.UseAdoNetClustering(clustering =>
        {
            clustering.Invariant = "Npgsql";
            clustering.ConnectionString = options.Database.Application!;
        });
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (model.ClusterId, "bailiwick"));
        silo.Configure<Orleans.Configuration.SiloOptions>(named => named.SiloName = $"{options.Zone}/{options.Node}");
        silo.Configure<EndpointOptions>(endpoint =>
        {
            endpoint.AdvertisedIPAddress = IPAddress.Parse(options.Listen.Address);
            endpoint.SiloPort = options.Listen.Silo;
            // No external client: the doors are in the gateways, which are silos.
            endpoint.GatewayPort = 0;
        });

        // A killed silo is declared dead within about a second; below one second a pause of the machine is a false death.
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.MaxProbeTimeout = TimeSpan.FromSeconds(2);
            membership.NumMissedProbesLimit = 2;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            membership.MaxJoinAttemptTime = TimeSpan.FromSeconds(30);
            membership.EnableConnectionLivenessCheck = false;
        });
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10));
        silo.Configure<GrainCollectionOptions>(collection => collection.EnableActivationSheddingOnMemoryPressure = false);
        silo.UseSiloMetadata(new Dictionary<string, string>
        {
            ["zone"] = model.Identity.Zone,
            ["node"] = model.Identity.Node,
            ["roles"] = string.Join('+', options.Roles),
        });
    }
}
