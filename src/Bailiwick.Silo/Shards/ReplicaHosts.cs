using Bailiwick.Protocol;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Shards;

/// <summary>The replicas of this worker, each found by its shard's key.</summary>
internal sealed class ReplicaHosts(SiloIdentity identity, ShardStreams streams, TimeProvider time)
{
    private volatile ReplicaHost[] _all = [];

    public IReadOnlyList<ReplicaHost> All => _all;

    /// <summary>Something in a report changed.</summary>
    public Pulse Changed { get; } = new(time);

    /// <summary>One more, at the start.</summary>
    public ReplicaHost Add()
    {
        var host = new ReplicaHost(identity, time, Changed.Set);
        streams.Ticked += host.OnTick;
        _all = [.. _all, host];
        return host;
    }

    /// <summary>The replica that a shard's key names; null = it is not here.</summary>
    public ReplicaHost? Find(string key) =>
        ShardKey.TryParse(key, out var shard) && shard!.Zone == identity.Zone && shard.Node == identity.Node && shard.Stage == 0
            ? Array.Find(_all, host => host.Build == shard.Build)
            : null;
}
