namespace Bailiwick.Evidence;

/// <summary>Lines as runs of neighbours, so that a dropped line is one fault and a strange file takes no memory.</summary>
internal sealed class LineRuns
{
    private readonly List<(ulong First, ulong Count)> _runs = [];

    public IReadOnlyList<(ulong First, ulong Count)> Runs => _runs;

    /// <summary>All lines that were added.</summary>
    public ulong Lines { get; private set; }

    /// <summary>Those of them that stand in no run, because there are too many runs.</summary>
    public ulong Unnamed { get; private set; }

    /// <param name="line">Above all lines that were added before.</param>
    public void Add(ulong line)
    {
        Lines++;
        if (_runs.Count > 0 && _runs[^1] is var (first, count) && first + count == line)
        {
            _runs[^1] = (first, count + 1);
        }
        else if (_runs.Count < PackReport.MaxKept)
        {
            _runs.Add((line, 1));
        }
        else
        {
            Unnamed++;
        }
    }
}
