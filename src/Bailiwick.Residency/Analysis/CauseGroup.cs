using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>Tuples that are decided for the same reasons, as boxes.</summary>
/// <param name="Before">Of a comparison: the decision before. Null for a table.</param>
/// <param name="After">The decision, of one of the tuples; all name the same rules.</param>
public sealed record CauseGroup(Decision? Before, Decision After, long Count, IReadOnlyList<Box> Boxes)
{
    /// <summary>The largest groups first; groups of one size by their rules.</summary>
    public static IReadOnlyList<CauseGroup> Of(TupleSet set, PolicySnapshot? before, PolicySnapshot after)
    {
        var groups = new Dictionary<string, (Decision? Before, Decision After, List<Point> Tuples)>(StringComparer.Ordinal);
        foreach (var tuple in set.Tuples)
        {
            var (label, destination) = (set.Domain.LabelOf(tuple), set.Domain.DestinationOf(tuple));
            var was = before?.Decide(label, destination).ToDecision();
            var now = after.Decide(label, destination).ToDecision();
            var key = string.Join(' ', [.. was?.Rules ?? [], "/", .. now.Rules]);
            if (!groups.TryGetValue(key, out var group))
            {
                groups.Add(key, group = (was, now, []));
            }

            group.Tuples.Add(tuple);
        }

        return
        [
            .. groups.OrderByDescending(g => g.Value.Tuples.Count).ThenBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new CauseGroup(g.Value.Before, g.Value.After, g.Value.Tuples.Count, Box.Cover(g.Value.Tuples))),
        ];
    }
}
