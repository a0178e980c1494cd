using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Silo.Shards;

/// <summary>What a <see cref="ShardFrame"/> is.</summary>
internal enum ShardFrameKind
{
    /// <summary>The prompt is counted and KV blocks are reserved; at most once, before any token.</summary>
    Started,

    /// <summary>One or more tokens.</summary>
    Tokens,

    /// <summary>The decoder ended the turn, with a named reason. Last.</summary>
    Finished,

    /// <summary>The shard is out of reach: the turn may go on elsewhere. Last.</summary>
    Lost,
}

/// <summary>How a gateway lost a shard.</summary>
internal enum ShardLoss
{
    None,

    /// <summary>No sign of life for three heartbeats (750 ms).</summary>
    MissedHeartbeats,

    /// <summary>The call broke: the silo rejects it or the activation is gone.</summary>
    Reset,

    /// <summary>Membership declared the silo dead.</summary>
    DeclaredDead,

    /// <summary>The silo is being drained and its time is up.</summary>
    Drain,
}

/// <summary>What a gateway reads from a shard; which member holds depends on <see cref="Kind"/>.</summary>
internal readonly record struct ShardFrame(
    ShardFrameKind Kind, Started? Started, IReadOnlyList<DecodedToken> Tokens, Finished? Finished, ShardLoss Loss)
{
    /// <summary>With a turn that the shard's queue refused: when it may be worth trying again, from measurement. Null otherwise.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ShardFrame Of(Started started) => new(ShardFrameKind.Started, started, [], null, ShardLoss.None);

    public static ShardFrame Of(IReadOnlyList<DecodedToken> tokens) => new(ShardFrameKind.Tokens, null, tokens, null, ShardLoss.None);

    public static ShardFrame Of(Finished finished) => new(ShardFrameKind.Finished, null, [], finished, ShardLoss.None);

    public static ShardFrame Lost(ShardLoss loss) => new(ShardFrameKind.Lost, null, [], null, loss);
}
