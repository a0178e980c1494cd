using System.Collections.Concurrent;
using Orleans.GrainDirectory;

namespace Bailiwick.Silo.Cluster;

/// <summary>
/// Where shard grains are registered: each silo knows its own, and no other needs to, as the key of a shard names its node and placement
/// goes by it. In the cluster's own directory a shard of a living node would end, with its streams, when the silo died on which its
/// entry happened to lie.
/// </summary>
internal sealed class ShardDirectory : IGrainDirectory
{
    public const string Name = "shards";

    private readonly ConcurrentDictionary<GrainId, GrainAddress> _here = [];

    Task<GrainAddress?> IGrainDirectory.Register(GrainAddress address) => Task.FromResult<GrainAddress?>(_here.GetOrAdd(address.GrainId, address));

    Task<GrainAddress?> IGrainDirectory.Register(GrainAddress address, GrainAddress? previousAddress) => Task.FromResult<GrainAddress?>(
        _here.AddOrUpdate(
            address.GrainId, address, (_, known) => previousAddress is not null && known.Matches(previousAddress) ? address : known));

    Task IGrainDirectory.Unregister(GrainAddress address)
    {
        _here.TryRemove(new KeyValuePair<GrainId, GrainAddress>(address.GrainId, address));
        return Task.CompletedTask;
    }

    /// <summary>Null for a shard of another node: placement finds its silo.</summary>
    Task<GrainAddress?> IGrainDirectory.Lookup(GrainId grainId) => Task.FromResult(_here.GetValueOrDefault(grainId));

    // Other silos' entries are not here.
    Task IGrainDirectory.UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}
