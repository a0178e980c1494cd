namespace Bailiwick.Evidence;

/// <summary>
/// Reads genuine records for what they promise each other: an outcome has its intent, a turn has one outcome, a silo's
/// records name each other without a gap. Keeps one hash for each turn, closed ones too: a second outcome can come late.
/// </summary>
internal sealed class TurnLedger(PackReport report)
{
    private readonly Dictionary<TreeHash, bool> _hasOutcome = [];
    private readonly Dictionary<string, TreeHash> _lastOfSilo = new(StringComparer.Ordinal);
    private readonly HashSet<string> _sentInstead = new(StringComparer.Ordinal);

    public long Open => _hasOutcome.Values.LongCount(hasOutcome => !hasOutcome);

    public void Add(ulong line, Leaf leaf, in TreeHash hash)
    {
        report.Count(leaf.Kind);
        CheckChain(line, leaf, hash);
        switch (leaf)
        {
            case IntentLeaf:
                _hasOutcome[hash] = false;
                break;
            case OutcomeLeaf outcome:
                CheckOutcome(line, outcome);
                break;
            case MovedLeaf moved when !_hasOutcome.ContainsKey(moved.Intent):
                report.Find($"line {line}: a move of a turn whose intent is not above it");
                break;
            case AmendedLeaf amended when !_hasOutcome.GetValueOrDefault(amended.Intent):
                report.Find($"line {line}: an amendment of a turn without outcome");
                break;
        }
    }

    private void CheckOutcome(ulong line, OutcomeLeaf outcome)
    {
        if (!_hasOutcome.TryGetValue(outcome.Intent, out var hasOutcome))
        {
            report.Find($"line {line}: an outcome whose intent is not above it");
        }
        else if (hasOutcome)
        {
            report.Find($"line {line}: a second outcome of one turn");
        }
        else
        {
            _hasOutcome[outcome.Intent] = true;
        }
    }

    private void CheckChain(ulong line, Leaf leaf, in TreeHash hash)
    {
        var origin = leaf.Origin;
        TreeHash? last = _lastOfSilo.TryGetValue(origin.Silo, out var known) ? known : null;
        // Behind news out of a spool comes a record that names what the news stands for.
        var isExcused = _sentInstead.Remove(origin.Silo);
        if (leaf is AmendedLeaf { Cause: AmendCause.Spool })
        {
            _sentInstead.Add(origin.Silo);
        }

        if (last != origin.Previous && !isExcused)
        {
            report.Find($"line {line}: silo {origin.Silo} names another record before this one than the log holds");
        }

        _lastOfSilo[origin.Silo] = hash;
    }
}
