using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>
/// What an edit of the class list changes besides tuples. The order also says which class a session keeps that saw
/// both (join), and no tuple shows that.
/// </summary>
/// <param name="Swapped">Classes that both sides know, the first lower before and higher after.</param>
/// <param name="JoinsWidened">Lines `jurisdiction|x+y|…`: a session of x and y was denied as y and is allowed as x.</param>
/// <param name="JoinsNarrowed">The reverse.</param>
public sealed record ClassDiff(
    IReadOnlyList<string> Before,
    IReadOnlyList<string> After,
    IReadOnlyList<string> Added,
    IReadOnlyList<string> Removed,
    IReadOnlyList<(string Lower, string Higher)> Swapped,
    LineSet JoinsWidened,
    LineSet JoinsNarrowed)
{
    internal static ClassDiff? Between(IdList before, IdList after, Domain domain, Side was, Side now)
    {
        if (before.SequenceEqual(after, StringComparer.Ordinal))
        {
            return null;
        }

        var swapped =
            (from x in before
             from y in before
             where before.IndexOf(x) < before.IndexOf(y) && after.Contains(y) && after.IndexOf(x) > after.IndexOf(y)
             select (Lower: x, Higher: y)).ToList();
        var (widened, narrowed) = (new List<string>(), new List<string>());
        foreach (var (x, y) in swapped)
        {
            Joins(domain, was, now, x, y, widened, narrowed);
        }

        return new ClassDiff(
            [.. before], [.. after], [.. after.Where(c => !before.Contains(c))], [.. before.Where(c => !after.Contains(c))],
            swapped, new LineSet(widened), new LineSet(narrowed));
    }

    private static void Joins(
        Domain domain, Side was, Side now, string x, string y, List<string> widened, List<string> narrowed)
    {
        var (lower, higher) = (domain[Dimension.Class].IndexOf(x), domain[Dimension.Class].IndexOf(y));
        foreach (var tuple in domain.Tuples().Where(t => t.Class == lower))
        {
            var (allowed, allows) = (was.Allows(tuple, higher), now.Allows(tuple, lower));
            if (allowed != allows)
            {
                TupleSet.Add(allows ? widened : narrowed, domain.Line(tuple, $"{x}+{y}"));
            }
        }
    }
}
