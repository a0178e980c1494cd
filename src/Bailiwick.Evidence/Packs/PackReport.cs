namespace Bailiwick.Evidence;

/// <summary>What the verification of a pack found.</summary>
public sealed class PackReport
{
    /// <summary>Faults and findings kept of each; the rest is only counted.</summary>
    public const int MaxKept = 100;

    private readonly List<Fault> _faults = [];
    private readonly List<string> _findings = [];
    private readonly SortedDictionary<LeafKind, long> _kinds = [];

    /// <summary>The signed head; null if it was not accepted.</summary>
    public TrustedCheckpoint? Head { get; internal set; }

    /// <summary>What proves that the pack is not what was signed, each with its place. Empty = verified.</summary>
    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>All faults, also those that were not kept.</summary>
    public long FaultCount { get; private set; }

    /// <summary>What the records, all genuine, say against the cluster: a turn with two outcomes, a gap in a silo's chain.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>All findings, also those that were not kept.</summary>
    public long FindingCount { get; private set; }

    /// <summary>Leaves of each kind.</summary>
    public IReadOnlyDictionary<LeafKind, long> Kinds => _kinds;

    /// <summary>Intents that have no outcome yet.</summary>
    public long OpenIntents { get; internal set; }

    /// <summary>True if the pack is what was signed; findings may still speak against the cluster.</summary>
    public bool IsVerified => FaultCount == 0;

    /// <summary>Keeps a fault, once: two checks can meet the same missing file.</summary>
    internal void Add(Fault fault)
    {
        if (_faults.Exists(kept => kept.Reason == fault.Reason && kept.Place == fault.Place))
        {
            return;
        }

        FaultCount++;
        if (_faults.Count < MaxKept)
        {
            _faults.Add(fault);
        }
    }

    internal void Find(string finding)
    {
        FindingCount++;
        if (_findings.Count < MaxKept)
        {
            _findings.Add(finding);
        }
    }

    internal void Count(LeafKind kind) => _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
}
