namespace Bailiwick.Silo.Shards;

/// <summary>
/// What a worker has for a gateway at one moment, for all turns that the gateway runs on one shard: the answer to a pull. Without
/// records it is a heartbeat.
/// </summary>
[GenerateSerializer, Immutable, Alias("bailiwick.shard-mail")]
internal sealed class ShardMail
{
    /// <summary>
    /// Which outbox of the worker speaks. Another one than before has not the turns that the gateway believes to run there.
    /// </summary>
    [Id(0)]
    public required long Outbox { get; init; }

    /// <summary>Records, see <see cref="ShardRecord"/>.</summary>
    [Id(1)]
    public required byte[] Records { get; init; }
}
