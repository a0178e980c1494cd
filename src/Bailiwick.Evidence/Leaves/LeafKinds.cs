using System.Collections.Frozen;

namespace Bailiwick.Evidence;

/// <summary>Which reader reads which kind: the one line that a new kind adds outside its own file and the enum.</summary>
internal static class LeafKinds
{
    public static FrozenDictionary<LeafKind, Func<LeafReader, LeafOrigin, Leaf>> Readers { get; } =
        new Dictionary<LeafKind, Func<LeafReader, LeafOrigin, Leaf>>
        {
            [LeafKind.Intent] = IntentLeaf.Read,
            [LeafKind.Outcome] = OutcomeLeaf.Read,
            [LeafKind.Moved] = MovedLeaf.Read,
            [LeafKind.Deny] = DenyLeaf.Read,
            [LeafKind.Amended] = AmendedLeaf.Read,
            [LeafKind.Policy] = PolicyLeaf.Read,
            [LeafKind.Model] = ModelLeaf.Read,
            [LeafKind.Silo] = SiloLeaf.Read,
            [LeafKind.Key] = KeyLeaf.Read,
            [LeafKind.Config] = ConfigLeaf.Read,
            [LeafKind.Admin] = AdminLeaf.Read,
            [LeafKind.Read] = ReadLeaf.Read,
            [LeafKind.Export] = ExportLeaf.Read,
            [LeafKind.Erasure] = ErasureLeaf.Read,
            [LeafKind.Hold] = HoldLeaf.Read,
            [LeafKind.Heartbeat] = HeartbeatLeaf.Read,
            [LeafKind.Reconcile] = ReconcileLeaf.Read,
            [LeafKind.Drill] = DrillLeaf.Read,
        }.ToFrozenDictionary();
}
