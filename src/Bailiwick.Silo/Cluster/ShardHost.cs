using Bailiwick.Protocol;

namespace Bailiwick.Silo.Cluster;

/// <summary>Which silo holds a shard: the one that is the key's node and a worker. Pure.</summary>
internal static class ShardHost
{
    /// <summary>Key of the silo metadata that holds the URI of a <see cref="SiloIdentity"/>.</summary>
    public const string MetadataKey = "identity";

    /// <summary>The silos among <paramref name="silos"/> that may hold the shard; more than one while a node is restarting.</summary>
    /// <param name="key">The shard.</param>
    /// <param name="silos">Silos, each with the URI that it gave of itself; null or another text where it gave none.</param>
    public static IEnumerable<TSilo> Match<TSilo>(ShardKey key, IEnumerable<(TSilo Silo, string? Identity)> silos) =>
        from entry in silos
        where SiloIdentity.TryParse(entry.Identity, out var identity) && identity!.Zone == key.Zone && identity.Node == key.Node
            && identity.Roles.HasFlag(SiloRoles.Worker)
        select entry.Silo;
}
