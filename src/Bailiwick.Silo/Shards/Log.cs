using Bailiwick.Models.Import;

namespace Bailiwick.Silo.Shards;

/// <summary>Every line that a silo logs of its shards. Names of models, ids and numbers only: no payload, no key.</summary>
internal static partial class Log
{
    [LoggerMessage(1201, LogLevel.Information, "Model {Model}: {Phase}")]
    public static partial void Importing(this ILogger logger, string model, ImportPhase phase);

    [LoggerMessage(1202, LogLevel.Information, "Model {Model}: ready, decoder {Pid}, {Losses} lost before")]
    public static partial void ReplicaReady(this ILogger logger, string model, int pid, int losses);

    [LoggerMessage(1203, LogLevel.Error, "Model {Model}: failed. {Reason}")]
    public static partial void ReplicaFailed(this ILogger logger, string model, string reason);

    [LoggerMessage(1204, LogLevel.Error, "Model {Model}: its decoder was lost too often, another one starts in {Seconds} s. {Reason}")]
    public static partial void DecoderGivenUp(this ILogger logger, string model, double seconds, string reason);

    [LoggerMessage(1205, LogLevel.Error, "Two models of the configuration are named {Model}; the second is not served")]
    public static partial void SecondOfItsName(this ILogger logger, string model);

    [LoggerMessage(1206, LogLevel.Warning, "{Count} turns were ended: their gateway asked for nothing in {Seconds} s")]
    public static partial void LeaseExpired(this ILogger logger, int count, double seconds);

    [LoggerMessage(1207, LogLevel.Information, "This node is drained: {Drained}")]
    public static partial void Drained(this ILogger logger, bool drained);

    [LoggerMessage(1208, LogLevel.Information, "Stopping: {Count} turns run, for at most {Seconds} s")]
    public static partial void Draining(this ILogger logger, int count, double seconds);

    [LoggerMessage(1209, LogLevel.Warning, "Stopping: {Count} turns go on elsewhere")]
    public static partial void SentElsewhere(this ILogger logger, int count);

    [LoggerMessage(1210, LogLevel.Warning, "The loop '{Loop}' fails and goes on: {Reason}")]
    public static partial void LoopFailed(this ILogger logger, string loop, string reason);

    [LoggerMessage(1211, LogLevel.Information, "The loop '{Loop}' works again")]
    public static partial void LoopRecovered(this ILogger logger, string loop);

    [LoggerMessage(1212, LogLevel.Warning, "A call to a shard of {Zone}/{Node} was lost: {Loss}")]
    public static partial void CallLost(this ILogger logger, string zone, string node, ShardLoss loss);

    [LoggerMessage(1213, LogLevel.Warning, "A turn goes on elsewhere: its decoder has given no sign of life for {Milliseconds} ms")]
    public static partial void DecoderSilent(this ILogger logger, double milliseconds);
}
