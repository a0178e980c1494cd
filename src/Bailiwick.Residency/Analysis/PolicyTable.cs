using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>A whole policy in one comparison: everything that it lets be reached.</summary>
/// <param name="Allowed">All allowed tuples of the domain.</param>
public sealed record PolicyTable(Domain Domain, TupleSet Allowed)
{
    /// <exception cref="DomainTooLargeException"/>
    public static PolicyTable Of(PolicySnapshot snapshot)
    {
        var domain = Domain.Of(snapshot.Vocabulary);
        var side = new Side(snapshot, domain);
        var allowed = new List<Point>();
        foreach (var tuple in domain.Tuples().Where(t => side.Allows(t)))
        {
            TupleSet.Add(allowed, tuple);
        }

        return new PolicyTable(domain, new TupleSet(domain, allowed));
    }
}
