using Orleans.Concurrency;

namespace Bailiwick.Silo.Shards;

/// <summary>Address of a shard; key: <see cref="Cluster.ShardKey"/>. The replica itself is its worker's, and outlives the grain.</summary>
[Alias("bailiwick.shard")]
internal interface IShardGrain : IGrainWithStringKey
{
    /// <summary>Runs a turn: Alive, then Started, Tokens and Alive, then one last item.</summary>
    [Alias("run")]
    IAsyncEnumerable<ShardBatch> RunAsync(ShardTurn turn, CancellationToken cancellationToken);

    /// <summary>A text call: a TextReply, protobuf; null where the replica is not here.</summary>
    [Alias("call"), AlwaysInterleave]
    Task<byte[]?> CallAsync(ShardPayload call, CancellationToken cancellationToken);

    /// <summary>The gateway is there and wants these calls. At most once a second, for all its calls at once.</summary>
    [Alias("renew"), AlwaysInterleave, OneWay]
    Task RenewAsync(string[] calls, CancellationToken cancellationToken);

    /// <summary>Ends a call within a step; it says how it ended.</summary>
    [Alias("cancel"), AlwaysInterleave, OneWay]
    Task CancelAsync(string call, CancellationToken cancellationToken);
}
