namespace Bailiwick.Evidence;

/// <summary>Why a turn ended.</summary>
public enum Finish
{
    Stop,
    Length,
    ToolCalls,
    Cancelled,
    Deadline,

    /// <summary>The policy or the epoch changed under it, or its caller was revoked.</summary>
    PolicyChanged,
    Error,

    /// <summary>Written by the reaper: whoever ran it is dead and left no word.</summary>
    Unknown,
}

/// <summary>Why a turn moved.</summary>
public enum MoveCause
{
    MissedHeartbeats,
    Reset,
    DeclaredDead,
    Drain,
}

/// <summary>Why an outcome was amended.</summary>
public enum AmendCause
{
    /// <summary>The outcome came late, from a spool: it is not in the log, and the silo's next record names it as the one before.</summary>
    Spool,

    /// <summary>A silo that was thought dead reported after all.</summary>
    LateReport,
}

/// <summary>Durable before the first token leaves (DESIGN section 3, hop 5).</summary>
public sealed record IntentLeaf(
    LeafOrigin Origin,
    string Turn,
    string? Conversation,
    LabelPart Label,
    LabelPart? CredentialLabel,
    CallerPart Caller,
    string Model,
    ExecutorPart Executor,
    SamplerPart Sampler,
    DecisionPart Decision) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Intent;

    internal static IntentLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Id("turn"),
            fields.OptionalId("conversation"),
            fields.Part("label", LabelPart.Read),
            fields.OptionalPart("credential_label", LabelPart.Read),
            fields.Part("caller", CallerPart.Read),
            fields.Id("model"),
            fields.Part("executor", ExecutorPart.Read),
            fields.Part("sampler", SamplerPart.Read),
            fields.Part("decision", DecisionPart.Read));

    internal override void Write(LeafWriter fields) =>
        fields.Id("turn", Turn).Id("conversation", Conversation).Part("label", Label)
            .Part("credential_label", CredentialLabel).Part("caller", Caller).Id("model", Model)
            .Part("executor", Executor).Part("sampler", Sampler).Part("decision", Decision);
}

/// <summary>Written by the gateway, which alone knows what left. Commitments are null where nothing left.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Intent">Leaf hash of the intent.</param>
/// <param name="Finish">Why it ended.</param>
/// <param name="Counts">Tokens; null where nobody knows.</param>
/// <param name="Timings">Times; null where nobody knows.</param>
/// <param name="Prompt">Commitment to the prompt.</param>
/// <param name="Answer">Commitment to the answer.</param>
public sealed record OutcomeLeaf(
    LeafOrigin Origin,
    TreeHash Intent,
    Finish Finish,
    CountsPart? Counts,
    TimingsPart? Timings,
    TreeHash? Prompt,
    TreeHash? Answer) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Outcome;

    internal static OutcomeLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Hash("intent"),
            fields.Name<Finish>("finish"),
            fields.OptionalPart("counts", CountsPart.Read),
            fields.OptionalPart("timings", TimingsPart.Read),
            fields.OptionalHash("prompt"),
            fields.OptionalHash("answer"));

    internal override void Write(LeafWriter fields) =>
        fields.Hash("intent", Intent).Name<Finish>("finish", Finish).Part("counts", Counts)
            .Part("timings", Timings).Hash("prompt", Prompt).Hash("answer", Answer);
}

/// <summary>Durable before the first token after a failover.</summary>
/// <param name="Origin">Fields that every leaf has.</param>
/// <param name="Intent">Leaf hash of the intent.</param>
/// <param name="ResumedAt">Tokens that had left before.</param>
/// <param name="Cause">Why it moved.</param>
/// <param name="Executor">Where it goes on.</param>
/// <param name="Decision">The decision for that place.</param>
public sealed record MovedLeaf(
    LeafOrigin Origin, TreeHash Intent, long ResumedAt, MoveCause Cause, ExecutorPart Executor, DecisionPart Decision)
    : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Moved;

    internal static MovedLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Hash("intent"),
            fields.Number("resumed_at"),
            fields.Name<MoveCause>("cause"),
            fields.Part("executor", ExecutorPart.Read),
            fields.Part("decision", DecisionPart.Read));

    internal override void Write(LeafWriter fields) =>
        fields.Hash("intent", Intent).Number("resumed_at", ResumedAt).Name<MoveCause>("cause", Cause)
            .Part("executor", Executor).Part("decision", Decision);
}

/// <summary>A refusal. The label is null where the request's own was not one.</summary>
public sealed record DenyLeaf(
    LeafOrigin Origin,
    string Turn,
    LabelPart? Label,
    LabelPart? CredentialLabel,
    CallerPart Caller,
    string? Model,
    DecisionPart Decision) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Deny;

    internal static DenyLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Id("turn"),
            fields.OptionalPart("label", LabelPart.Read),
            fields.OptionalPart("credential_label", LabelPart.Read),
            fields.Part("caller", CallerPart.Read),
            fields.OptionalId("model"),
            fields.Part("decision", DecisionPart.Read));

    internal override void Write(LeafWriter fields) =>
        fields.Id("turn", Turn).Part("label", Label).Part("credential_label", CredentialLabel)
            .Part("caller", Caller).Id("model", Model).Part("decision", Decision);
}

/// <summary>News about a turn that has its outcome already: the first one stands, this stands beside it.</summary>
public sealed record AmendedLeaf(
    LeafOrigin Origin,
    TreeHash Intent,
    TreeHash Outcome,
    AmendCause Cause,
    Finish Finish,
    CountsPart? Counts,
    TreeHash? Prompt,
    TreeHash? Answer) : Leaf(Origin)
{
    public override LeafKind Kind => LeafKind.Amended;

    internal static AmendedLeaf Read(LeafReader fields, LeafOrigin origin) =>
        new(
            origin,
            fields.Hash("intent"),
            fields.Hash("outcome"),
            fields.Name<AmendCause>("cause"),
            fields.Name<Finish>("finish"),
            fields.OptionalPart("counts", CountsPart.Read),
            fields.OptionalHash("prompt"),
            fields.OptionalHash("answer"));

    internal override void Write(LeafWriter fields) =>
        fields.Hash("intent", Intent).Hash("outcome", Outcome).Name<AmendCause>("cause", Cause)
            .Name<Finish>("finish", Finish).Part("counts", Counts).Hash("prompt", Prompt).Hash("answer", Answer);
}
