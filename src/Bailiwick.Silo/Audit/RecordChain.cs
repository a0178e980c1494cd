using Bailiwick.Evidence;

namespace Bailiwick.Silo.Audit;

/// <summary>What a silo's next record names as the one before it, and which turns it has closed. One owner, not thread-safe.</summary>
internal sealed class RecordChain(string silo, TimeProvider clock)
{
    /// <summary>Turns remembered as closed; older ones are known to the database alone.</summary>
    private const int MaxClosed = 16_384;

    private readonly Dictionary<TreeHash, TreeHash> _outcomes = [];
    private readonly Queue<TreeHash> _closed = [];

    /// <summary>Name of the writer.</summary>
    public string Silo => silo;

    /// <summary>The last record that is durable, or will be.</summary>
    public TreeHash? Previous { get; private set; }

    /// <summary>What the leaf after <paramref name="previous"/> says of itself.</summary>
    public LeafOrigin Origin(TreeHash? previous) => new(clock.GetUtcNow(), silo, previous);

    /// <summary>Goes on behind a record that was written earlier.</summary>
    public void GoOnAfter(TreeHash? previous) => Previous = previous;

    /// <summary>These are the last ones now.</summary>
    public void Add(IReadOnlyList<AuditRecord> records)
    {
        foreach (var record in records)
        {
            Previous = record.Hash;
            if (record is { Leaf: OutcomeLeaf, Intent: { } intent } && _outcomes.TryAdd(intent, record.Hash))
            {
                _closed.Enqueue(intent);
                if (_closed.Count > MaxClosed)
                {
                    _outcomes.Remove(_closed.Dequeue());
                }
            }
        }
    }

    /// <summary>The outcome that this silo wrote for an intent; null if it wrote none lately.</summary>
    public TreeHash? OutcomeOf(TreeHash intent) => _outcomes.TryGetValue(intent, out var outcome) ? outcome : null;
}
