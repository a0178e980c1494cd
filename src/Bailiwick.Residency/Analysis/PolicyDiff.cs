using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>What an edit changes, with every tuple.</summary>
/// <param name="Widened">Denied before and allowed after.</param>
/// <param name="Narrowed">Allowed before and denied after.</param>
/// <param name="Classes">Null where both policies have the same classes in the same order.</param>
public sealed record PolicyDiff(
    long AllowedBefore, long AllowedAfter, TupleSet Widened, TupleSet Narrowed, ClassDiff? Classes)
{
    /// <summary>Whether anything is allowed that was denied, sessions of swapped classes included.</summary>
    public bool Widens => Widened.Count > 0 || Classes?.JoinsWidened.Lines.Count > 0;

    /// <exception cref="DomainTooLargeException"/>
    public static PolicyDiff Between(PolicySnapshot before, PolicySnapshot after)
    {
        var domain = Domain.Union(before.Vocabulary, after.Vocabulary);
        var (was, now) = (new Side(before, domain), new Side(after, domain));
        long allowedBefore = 0, allowedAfter = 0;
        List<Point> widened = [], narrowed = [];
        foreach (var tuple in domain.Tuples())
        {
            var (allowed, allows) = (was.Allows(tuple), now.Allows(tuple));
            allowedBefore += allowed ? 1 : 0;
            allowedAfter += allows ? 1 : 0;
            if (allowed != allows)
            {
                TupleSet.Add(allows ? widened : narrowed, tuple);
            }
        }

        return new PolicyDiff(
            allowedBefore, allowedAfter, new TupleSet(domain, widened), new TupleSet(domain, narrowed),
            ClassDiff.Between(before.Vocabulary.Classes, after.Vocabulary.Classes, domain, was, now));
    }
}
