namespace Bailiwick.Evidence;

/// <summary>How an exercise went.</summary>
public enum DrillResult
{
    Passed,
    Failed,
    Aborted,
}

/// <summary>Written at a fixed interval: silence without it is a fault, not peace.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Written">Leaves that this silo wrote since its last heartbeat.</param>
/// <param name="Spooled">Records that wait in its spool.</param>
/// <param name="ClockOffset">Difference to its time source in milliseconds; null if it has none.</param>
public sealed record HeartbeatLeaf(LeafOrigin Origin, long Written, long Spooled, long? ClockOffset) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Heartbeat;

    internal static HeartbeatLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Number("written"),
            fields.Number("spooled"),
            fields.OptionalNumber("clock_offset_ms", -LeafNumber.Max));

    internal override void Write(LeafWriter fields) =>
        fields.Number("written", Written).Number("spooled", Spooled).Number("clock_offset_ms", ClockOffset, -LeafNumber.Max);
}

/// <summary>Intents, outcomes and the engines' own counts were compared.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="From">First leaf of the range.</param>
/// <param name="To">Leaf after the last of the range.</param>
/// <param name="Intents">Intents found.</param>
/// <param name="Outcomes">Outcomes found.</param>
/// <param name="Open">Intents without outcome that still run.</param>
/// <param name="Differences">What does not match: 0 is the only good number.</param>
public sealed record ReconcileLeaf(
    LeafOrigin Origin, long From, long To, long Intents, long Outcomes, long Open, long Differences) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Reconcile;

    internal static ReconcileLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Number("from"),
            fields.Number("to"),
            fields.Number("intents"),
            fields.Number("outcomes"),
            fields.Number("open"),
            fields.Number("differences"));

    internal override void Write(LeafWriter fields) =>
        fields.Number("from", From).Number("to", To).Number("intents", Intents)
            .Number("outcomes", Outcomes).Number("open", Open).Number("differences", Differences);
}

/// <summary>An exercise.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Drill">Which one: an id of a runbook.</param>
/// <param name="Result">How it went.</param>
/// <param name="Duration">Milliseconds.</param>
/// <param name="Actor">Who held it: a pseudonym.</param>
public sealed record DrillLeaf(
    LeafOrigin Origin, string Drill, DrillResult Result, long Duration, string Actor) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Drill;

    internal static DrillLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Id("drill"),
            fields.Name<DrillResult>("result"),
            fields.Number("duration_ms"),
            fields.Id("actor"));

    internal override void Write(LeafWriter fields) =>
        fields.Id("drill", Drill).Name<DrillResult>("result", Result).Number("duration_ms", Duration).Id("actor", Actor);
}
