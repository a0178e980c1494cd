using Orleans.Concurrency;

namespace Bailiwick.Silo.Shards;

/// <summary>Address of a shard; key: <see cref="Cluster.ShardKey"/>. The replica itself is its worker's, and outlives the grain.</summary>
/// <remarks>
/// A gateway has one link to a shard for all its turns there, named by the gateway. Its pulls are the lease of those turns.
/// </remarks>
[Alias("bailiwick.shard")]
internal interface IShardGrain : IGrainWithStringKey
{
    /// <summary>What the turns of a link have to say: at once, or as soon as there is something; a heartbeat after 250 ms.</summary>
    [Alias("pull"), AlwaysInterleave]
    Task<ShardMail> PullAsync(string link, CancellationToken cancellationToken);

    /// <summary>Begins a turn, or says in the link's mail why not.</summary>
    /// <returns>Number of the outbox that will speak of the turn.</returns>
    [Alias("start"), AlwaysInterleave]
    Task<long> StartAsync(string link, ShardTurn turn, CancellationToken cancellationToken);

    /// <summary>A text call: a TextReply, protobuf; null where the replica is not here.</summary>
    [Alias("call"), AlwaysInterleave]
    Task<byte[]?> CallAsync(ShardPayload call, CancellationToken cancellationToken);

    /// <summary>Ends a turn within a step; it says how it ended. A turn that is not known has ended.</summary>
    [Alias("cancel"), AlwaysInterleave, OneWay]
    Task CancelAsync(string link, int turn, CancellationToken cancellationToken);
}
