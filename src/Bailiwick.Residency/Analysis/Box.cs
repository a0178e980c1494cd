using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>A product of values, one list per dimension: many tuples in a form that people read.</summary>
public sealed class Box
{
    private readonly int[][] _values;

    private Box(int[][] values) => _values = values;

    /// <summary>Places in the domain's list, ascending.</summary>
    public IReadOnlyList<int> this[Dimension dimension] => _values[(int)dimension];

    /// <summary>Number of tuples.</summary>
    public long Count => _values.Aggregate(1L, (count, list) => count * list.Length);

    /// <summary>
    /// Boxes that hold each tuple exactly once and nothing else. Not always the fewest: boxes that differ in one
    /// dimension are merged until none do, in a fixed order, so that the same set always reads the same.
    /// </summary>
    public static IReadOnlyList<Box> Cover(IEnumerable<Point> tuples)
    {
        var dimensions = Enum.GetValues<Dimension>();
        var boxes = tuples.Select(t => new Box([.. dimensions.Select(d => new[] { t[d] })])).ToList();
        for (var before = int.MaxValue; boxes.Count < before;)
        {
            before = boxes.Count;
            foreach (var dimension in dimensions.Reverse())
            {
                boxes = [.. boxes.GroupBy(b => b.KeyWithout(dimension), StringComparer.Ordinal).Select(g => Merge(g, dimension))];
            }
        }

        return boxes;
    }

    private static Box Merge(IEnumerable<Box> boxes, Dimension dimension)
    {
        var merged = boxes.ToList();
        var values = (int[][])merged[0]._values.Clone();
        values[(int)dimension] = [.. merged.SelectMany(b => b[dimension]).Order()];
        return new Box(values);
    }

    private string KeyWithout(Dimension dimension) =>
        string.Join('|', _values.Select((list, d) => d == (int)dimension ? "" : string.Join(',', list)));
}
