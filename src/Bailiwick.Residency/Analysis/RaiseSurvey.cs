using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>How a request raises its credential's label.</summary>
public enum RaiseBy
{
    Class,
    Jurisdiction,
    Both,
}

/// <summary>An opening that the rule of both labels prevents: the raised label alone would have been allowed.</summary>
public sealed record PreventedOpening(Label Credential, Label Raised, Destination Destination);

/// <summary>What raising a label would open, over all credentials, all labels they can be raised to, all destinations.</summary>
/// <param name="Openings">Denied for the credential's label and allowed for the raised request. Always 0; counted, not assumed.</param>
/// <param name="Prevented">Denied for the credential's label and allowed for the raised label alone.</param>
/// <param name="Example">The first one prevented, in the order of declaration, or null.</param>
public sealed record RaiseSurvey(long Considered, long Openings, long Prevented, PreventedOpening? Example)
{
    /// <exception cref="DomainTooLargeException"/>
    public static RaiseSurvey Of(PolicySnapshot snapshot, RaiseBy by)
    {
        var domain = Domain.Of(snapshot.Vocabulary);
        if (domain.Size > Domain.LargestSize)
        {
            throw DomainTooLargeException.Of(domain.Size);
        }

        long considered = 0, openings = 0, prevented = 0;
        PreventedOpening? example = null;
        foreach (var (credential, raised) in Raises(snapshot, domain, by))
        {
            foreach (var tuple in domain.Destinations(raised.Jurisdiction, raised.Class, raised.Purpose, raised.Tenant))
            {
                considered++;
                var from = tuple with { Jurisdiction = credential.Jurisdiction, Class = credential.Class };
                var destination = domain.DestinationOf(tuple);
                var (own, alone) = (domain.LabelOf(from), domain.LabelOf(tuple));
                if (snapshot.Decide(own, destination).IsAllowed)
                {
                    continue;
                }

                openings += snapshot.Decide(new LabelPair(alone, own), destination).IsAllowed ? 1 : 0;
                if (snapshot.Decide(alone, destination).IsAllowed)
                {
                    prevented++;
                    example ??= new PreventedOpening(own, alone, destination);
                }
            }
        }

        return new RaiseSurvey(considered, openings, prevented, example);
    }

    private static IEnumerable<(Point Credential, Point Raised)> Raises(
        PolicySnapshot snapshot, Domain domain, RaiseBy by)
    {
        var labels =
            from j in Enumerable.Range(0, domain[Dimension.Jurisdiction].Count)
            from c in Enumerable.Range(0, domain[Dimension.Class].Count)
            from p in Enumerable.Range(0, domain[Dimension.Purpose].Count)
            from t in Enumerable.Range(0, domain[Dimension.Tenant].Count)
            where snapshot.PassesHome(j, t)
            select new Point(j, c, p, t, 0, 0, 0);
        var tree = snapshot.Vocabulary.Jurisdictions;
        foreach (var label in labels)
        {
            for (var j = 0; j < tree.Ids.Count; j++)
            {
                for (var c = label.Class; c < domain[Dimension.Class].Count; c++)
                {
                    if (tree.Within(j, label.Jurisdiction) && (j != label.Jurisdiction) == (by is not RaiseBy.Class)
                        && (c != label.Class) == (by is not RaiseBy.Jurisdiction))
                    {
                        yield return (label, label with { Jurisdiction = j, Class = c });
                    }
                }
            }
        }
    }
}
