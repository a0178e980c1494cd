using Bailiwick.Protocol;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Bailiwick.Silo.Cluster;

/// <summary>Asks Orleans.</summary>
internal sealed class ClusterNodes(IGrainFactory grains, ISiloMetadataCache metadata) : INodes
{
    public async Task<IReadOnlyList<ClusterNode>> ListAsync(CancellationToken cancellationToken)
    {
        var entries = await grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: false, cancellationToken);
        return [.. entries.Select(Read)];
    }

    /// <summary>A living silo tells who it is; of a dead one only its name is left (<see cref="OrleansSetup"/>: zone/node).</summary>
    private ClusterNode Read(MembershipEntry entry)
    {
        var uri = metadata.GetSiloMetadata(entry.SiloAddress).Metadata.GetValueOrDefault(ShardHost.MetadataKey);
        var (zone, node, roles) = SiloIdentity.TryParse(uri, out var identity) ? (identity!.Zone, identity.Node, identity.Roles)
            : entry.SiloName.Split('/') is [var first, var second] ? (first, second, SiloRoles.None)
            : ("", entry.SiloName, SiloRoles.None);
        return new ClusterNode(
            zone, node, roles, entry.Status, entry.SiloAddress.Endpoint.ToString(), Utc(entry.StartTime), Utc(entry.IAmAliveTime));
    }

    /// <summary>Orleans writes UTC and reads it back without saying so.</summary>
    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
