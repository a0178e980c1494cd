using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>
/// One policy over a domain that may be wider than its own: each side decides with its own vocabulary, ranks classes
/// by its own list, and denies what it does not know.
/// </summary>
internal sealed class Side
{
    private readonly PolicySnapshot _snapshot;
    private readonly int[][] _places;

    public Side(PolicySnapshot snapshot, Domain domain)
    {
        _snapshot = snapshot;
        var words = snapshot.Vocabulary;
        IdList[] own =
        [
            words.Jurisdictions.Ids, words.Classes, words.Purposes, words.Tenants, DestinationKinds.Ids, words.Zones, Proofs.Ids,
        ];
        _places = [.. own.Select((list, d) => domain[(Dimension)d].Select(list.IndexOf).ToArray())];
    }

    public bool Allows(in Point tuple) => Allows(tuple, tuple.Class);

    /// <summary>The same tuple, as if its class were another of the domain.</summary>
    public bool Allows(in Point tuple, int @class)
    {
        var at = At(tuple, @class);
        return (at.Jurisdiction | at.Class | at.Purpose | at.Tenant | at.Zone) >= 0
            && _snapshot.Rule(at).Effect is Effect.Allow;
    }

    /// <summary>The place in the side's own lists; -1 for what it does not know.</summary>
    private Point At(in Point tuple, int @class) => new(
        _places[0][tuple.Jurisdiction], _places[1][@class], _places[2][tuple.Purpose], _places[3][tuple.Tenant],
        tuple.Kind, _places[5][tuple.Zone], tuple.Proof);
}
