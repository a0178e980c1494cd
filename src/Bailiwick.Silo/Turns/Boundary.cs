using Bailiwick.Residency.Policies;

namespace Bailiwick.Silo.Turns;

/// <summary>The jurisdiction that this cluster serves, and who serves others. Pure.</summary>
/// <param name="Name">Name of the boundary.</param>
/// <param name="Jurisdiction">An id of the policy.</param>
/// <param name="Neighbours">What callers are told, by jurisdiction.</param>
internal sealed record Boundary(string Name, string Jurisdiction, IReadOnlyDictionary<string, string> Neighbours)
{
    /// <summary>
    /// True for a label that belongs to another cluster: its jurisdiction neither lies within the boundary nor encloses it. An unknown
    /// one is not foreign; policy denies it.
    /// </summary>
    public bool IsForeign(Vocabulary vocabulary, string? jurisdiction)
    {
        var tree = vocabulary.Jurisdictions;
        var (label, here) = (tree.Ids.IndexOf(jurisdiction), tree.Ids.IndexOf(Jurisdiction));
        return label >= 0 && here >= 0 && !tree.Within(label, here) && !tree.Within(here, label);
    }

    /// <summary>Where a foreign label belongs.</summary>
    public string Sentence(string jurisdiction) => Neighbours.TryGetValue(jurisdiction, out var cluster)
        ? $"This cluster serves '{Jurisdiction}'; labels of '{jurisdiction}' belong to {cluster}."
        : $"This cluster serves '{Jurisdiction}' and no label of '{jurisdiction}'; no cluster for it is configured here.";
}
