using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace Bailiwick.Silo.Cluster;

/// <summary>Places a grain on the node that its key names (<see cref="ShardKey"/>), and nowhere else.</summary>
/// <remarks>
/// Orleans' own metadata filter compares with the silo that happens to place the grain, not with the grain: a shard would land in
/// its caller's zone.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ShardPlacementAttribute(int order = 0) : PlacementFilterAttribute(new ShardPlacementStrategy(order))
{
    public int Order { get; } = order;
}

/// <summary>Stateless; Orleans makes it from the grain's properties, hence the constructor without parameters.</summary>
internal sealed class ShardPlacementStrategy(int order) : PlacementFilterStrategy(order)
{
    public ShardPlacementStrategy()
        : this(0)
    {
    }
}

/// <summary>The filter of <see cref="ShardPlacementStrategy"/>; the decision is <see cref="ShardHost"/>'s.</summary>
internal sealed class ShardPlacementDirector(ISiloMetadataCache metadata, ILogger<ShardPlacementDirector> log) : IPlacementFilterDirector
{
    /// <exception cref="ShardPlacementException">The key is malformed, or no silo of the cluster is its node.</exception>
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        if (!ShardKey.TryParse(target.GrainIdentity.Key.ToString()!, out var key))
        {
            throw new ShardPlacementException(ShardPlacementFault.MalformedKey);
        }

        List<SiloAddress> matching =
            [.. ShardHost.Match(key!, silos.Select(silo => (silo, metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(ShardHost.MetadataKey))))];
        if (matching.Count == 0)
        {
            log.NotPlaced(key!.Zone, key.Node);
            throw new ShardPlacementException(ShardPlacementFault.NoSuchNode);
        }

        return matching;
    }
}
