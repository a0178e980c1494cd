namespace Bailiwick.Silo.Cluster;

/// <summary>Every line that a silo logs of its membership. Ids and numbers only: no payload, no key, no connection string.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "Joined cluster {Cluster} as {Identity}; silo port {SiloPort}, operations port {OperationsPort}")]
    public static partial void Joined(this ILogger logger, string cluster, string identity, int siloPort, int operationsPort);

    [LoggerMessage(1002, LogLevel.Information, "Left cluster {Cluster}")]
    public static partial void Left(this ILogger logger, string cluster);

    [LoggerMessage(1003, LogLevel.Warning, "No silo of this cluster is node {Node} of zone {Zone}: a shard was not placed")]
    public static partial void NotPlaced(this ILogger logger, string zone, string node);
}
