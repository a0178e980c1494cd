using Bailiwick.Evidence;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Audit;

/// <summary>
/// Which open intents nobody will close any more: their silo is gone, and has been for as long as it could still have let an answer
/// leave. No clock; remembers since when each has been without its silo.
/// </summary>
internal sealed class Orphans
{
    /// <summary>
    /// The lease: a silo that lost everything but its callers refuses them five seconds later (its policy's lease), and its spool is sent
    /// half a second after PostgreSQL is back. Twice that.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly Dictionary<TreeHash, TimeSpan> _since = [];

    /// <summary>Those whose lease is over.</summary>
    /// <param name="open">Every intent without outcome.</param>
    /// <param name="nodes">Every silo that membership knows.</param>
    /// <param name="now">Time since any fixed moment; never goes back.</param>
    public IReadOnlyList<OpenIntent> Due(IReadOnlyCollection<OpenIntent> open, IReadOnlyList<ClusterNode> nodes, TimeSpan now)
    {
        var orphans = open.Where(intent => !nodes.Any(node => MayClose(node, intent))).ToList();
        var still = orphans.Select(intent => intent.Hash).ToHashSet();
        foreach (var closed in _since.Keys.Where(hash => !still.Contains(hash)).ToList())
        {
            _since.Remove(closed);
        }

        orphans.ForEach(intent => _since.TryAdd(intent.Hash, now));
        return orphans.FindAll(intent => now - _since[intent.Hash] >= Lease);
    }

    /// <summary>
    /// Whether this silo acts: the first living gateway by name. All of them may; one is enough, and where two think that it is them,
    /// the second outcome of an intent is not taken.
    /// </summary>
    public static bool IsLead(IReadOnlyList<ClusterNode> nodes, string silo) =>
        nodes.Where(node => node.Status is SiloStatus.Active && node.Roles.HasFlag(Protocol.SiloRoles.Gateway))
            .Select(Name).Order(StringComparer.Ordinal).FirstOrDefault() == silo;

    /// <summary>A living silo closes what it wrote; one that started after the intent is another one of the same name.</summary>
    private static bool MayClose(ClusterNode node, OpenIntent intent) =>
        node.Status is not (SiloStatus.Dead or SiloStatus.None) && Name(node) == intent.Silo && node.Started <= intent.At;

    private static string Name(ClusterNode node) => $"{node.Zone}/{node.Node}";
}
