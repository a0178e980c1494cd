using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>A set of tuples, in the order of declaration and, on demand, as lines.</summary>
public sealed class TupleSet
{
    /// <summary>More tuples than this are not kept (as lines they take a gigabyte), and no one reads them.</summary>
    public const int LargestCount = 1 << 22;

    private readonly Lazy<LineSet> _lines;

    internal TupleSet(Domain domain, IReadOnlyList<Point> tuples)
    {
        Domain = domain;
        Tuples = tuples;
        _lines = new(() => new LineSet(tuples.Select(t => domain.LineOf(t))));
    }

    /// <summary>The domain whose places the tuples name.</summary>
    public Domain Domain { get; }

    /// <summary>Keeps one more tuple.</summary>
    /// <exception cref="DomainTooLargeException">There are <see cref="LargestCount"/> already.</exception>
    internal static void Add<T>(List<T> tuples, T tuple)
    {
        if (tuples.Count == LargestCount)
        {
            throw new DomainTooLargeException($"The answer has more than {LargestCount} combinations");
        }

        tuples.Add(tuple);
    }

    /// <summary>In the order of declaration; at most <see cref="LargestCount"/>.</summary>
    public IReadOnlyList<Point> Tuples { get; }

    /// <summary>Number of tuples.</summary>
    public int Count => Tuples.Count;

    /// <summary>`jurisdiction|class|purpose|tenant|kind|zone|proven_by`, sorted; made on the first call.</summary>
    public IReadOnlyList<string> Lines => _lines.Value.Lines;

    /// <summary>The digest of the lines, as <see cref="LineSet.Sha256"/>.</summary>
    public string Sha256 => _lines.Value.Sha256;
}
