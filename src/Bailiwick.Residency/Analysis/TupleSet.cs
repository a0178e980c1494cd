using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>A set of tuples, in the order of declaration and, on demand, as lines.</summary>
public sealed class TupleSet
{
    private readonly Lazy<LineSet> _lines;

    internal TupleSet(Domain domain, IReadOnlyList<Point> tuples)
    {
        Domain = domain;
        Tuples = tuples;
        _lines = new(() => new LineSet(tuples.Select(t => domain.LineOf(t))));
    }

    public Domain Domain { get; }

    public IReadOnlyList<Point> Tuples { get; }

    public int Count => Tuples.Count;

    public IReadOnlyList<string> Lines => _lines.Value.Lines;

    /// <summary>The digest of the lines, as <see cref="LineSet.Sha256"/>.</summary>
    public string Sha256 => _lines.Value.Sha256;
}
