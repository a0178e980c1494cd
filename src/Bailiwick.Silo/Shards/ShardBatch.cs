using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Google.Protobuf;

namespace Bailiwick.Silo.Shards;

/// <summary>What a <see cref="ShardBatch"/> is. Values are on the wire: they only grow.</summary>
[GenerateSerializer, Alias("bailiwick.shard-batch-kind")]
internal enum ShardBatchKind
{
    /// <summary>A heartbeat: the shard lives and has no token.</summary>
    Alive = 1,

    Started = 2,

    Tokens = 3,

    /// <summary>The decoder ended the turn. Last.</summary>
    Finished = 4,

    /// <summary>The silo is drained: the turn goes on elsewhere. Last.</summary>
    Leaving = 5,

    /// <summary>This silo has no such replica (any more). Last.</summary>
    Absent = 6,

    /// <summary>The decoder gives no sign of life: the turn goes on elsewhere. Last.</summary>
    Silent = 7,
}

/// <summary>One item of a shard's stream.</summary>
[GenerateSerializer, Immutable, Alias("bailiwick.shard-batch")]
internal sealed class ShardBatch
{
    public static readonly ShardBatch Alive = new() { Kind = ShardBatchKind.Alive };

    public static readonly ShardBatch Leaving = new() { Kind = ShardBatchKind.Leaving };

    public static readonly ShardBatch Absent = new() { Kind = ShardBatchKind.Absent };

    public static readonly ShardBatch Silent = new() { Kind = ShardBatchKind.Silent };

    [Id(0)]
    public required ShardBatchKind Kind { get; init; }

    /// <summary>With Tokens.</summary>
    [Id(1)]
    public DecodedToken[]? Tokens { get; init; }

    /// <summary>With Started and Finished: the message, protobuf.</summary>
    [Id(2)]
    public byte[]? Message { get; init; }

    /// <summary>With a Finished that the queue refused: milliseconds; 0 = none.</summary>
    [Id(3)]
    public int RetryAfterMs { get; init; }

    public static ShardBatch Of(Started started) => new() { Kind = ShardBatchKind.Started, Message = started.ToByteArray() };

    public static ShardBatch Of(DecodedToken[] tokens) => new() { Kind = ShardBatchKind.Tokens, Tokens = tokens };

    public static ShardBatch Of(Finished finished, TimeSpan? retryAfter) => new()
    {
        Kind = ShardBatchKind.Finished,
        Message = finished.ToByteArray(),
        RetryAfterMs = (int)(retryAfter?.TotalMilliseconds ?? 0),
    };
}

/// <summary><see cref="DecodedToken"/> on Orleans' wire; it belongs to a project that does not know Orleans.</summary>
[GenerateSerializer, Alias("bailiwick.decoded-token")]
internal struct DecodedTokenSurrogate
{
    [Id(0)]
    public int Id;

    [Id(1)]
    public string Text;

    [Id(2)]
    public float Logprob;

    /// <summary>Alternatives, protobuf each; null = none.</summary>
    [Id(3)]
    public byte[][]? Top;

    /// <summary>Null = none.</summary>
    [Id(4)]
    public byte[]? LogitsSha256;

    [Id(5)]
    public bool Forced;
}

[RegisterConverter]
internal sealed class DecodedTokenConverter : IConverter<DecodedToken, DecodedTokenSurrogate>
{
    public DecodedToken ConvertFromSurrogate(in DecodedTokenSurrogate surrogate) => new(
        surrogate.Id, surrogate.Text, surrogate.Logprob,
        surrogate.Top is { } top ? Array.ConvertAll(top, Alternative.Parser.ParseFrom) : [],
        surrogate.LogitsSha256 is { } digest ? ByteString.CopyFrom(digest) : ByteString.Empty,
        surrogate.Forced);

    public DecodedTokenSurrogate ConvertToSurrogate(in DecodedToken value) => new()
    {
        Id = value.Id,
        Text = value.Text,
        Logprob = value.Logprob,
        Top = value.Top.Count > 0 ? [.. value.Top.Select(alternative => alternative.ToByteArray())] : null,
        LogitsSha256 = value.LogitsSha256.Length > 0 ? value.LogitsSha256.ToByteArray() : null,
        Forced = value.Forced,
    };
}
