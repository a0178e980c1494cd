using Bailiwick.Evidence;

namespace Bailiwick.EndToEnd.Tests.Failover;

/// <summary>What a log says of its turns: which began, and how often each has ended.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<string, List<TreeHash>> _intents = new(StringComparer.Ordinal);
    private readonly Dictionary<TreeHash, int> _outcomes = [];

    public static Ledger Of(IEnumerable<Leaf> leaves)
    {
        var ledger = new Ledger();
        foreach (var leaf in leaves)
        {
            if (leaf is IntentLeaf intent)
            {
                var hashes = ledger._intents.TryGetValue(intent.Turn, out var known) ? known : ledger._intents[intent.Turn] = [];
                hashes.Add(TreeHasher.Leaf(leaf.ToBytes()));
            }
            else if (leaf is OutcomeLeaf outcome)
            {
                ledger._outcomes[outcome.Intent] = ledger._outcomes.GetValueOrDefault(outcome.Intent) + 1;
            }
        }

        return ledger;
    }

    public int Turns => _intents.Count;

    /// <summary>Each of these turns has one intent and one outcome.</summary>
    public void AssertClosed(IEnumerable<string> turns) => Assert.All(turns, turn =>
    {
        var intent = Assert.Single(_intents.GetValueOrDefault(turn) ?? []);
        Assert.Equal(1, _outcomes.GetValueOrDefault(intent));
    });

    /// <summary>Every turn of the log has one intent and one outcome, and there is no other outcome.</summary>
    public void AssertAllClosed()
    {
        AssertClosed(_intents.Keys);
        Assert.Equal(_intents.Count, _outcomes.Count);
    }
}
