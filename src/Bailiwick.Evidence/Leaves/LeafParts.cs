namespace Bailiwick.Evidence;

/// <summary>How the zone of a machine was established.</summary>
public enum ZoneEvidence
{
    /// <summary>By the certificate of its enrolment.</summary>
    Enrolled,

    /// <summary>By a key bound to the host.</summary>
    HostBound,

    /// <summary>By a quote of its TPM.</summary>
    Tpm,
}

/// <summary>What a decision says.</summary>
public enum Effect
{
    Allow,
    Deny,
}

/// <summary>What a payload carries (residency model, section 2). Ids of the policy, opaque here.</summary>
public sealed record LabelPart(string Jurisdiction, string Class, string Purpose, string Tenant) : LeafPart
{
    internal static LabelPart Read(LeafReader fields) =>
        new(fields.Id("jurisdiction"), fields.Id("class"), fields.Id("purpose"), fields.Id("tenant"));

    internal override void Write(LeafWriter fields) =>
        fields.Id("jurisdiction", Jurisdiction).Id("class", Class).Id("purpose", Purpose).Id("tenant", Tenant);
}

/// <summary>Who receives the answer. Zone and proof are null where the caller's place is unknown.</summary>
/// <param name="Subject">Pseudonym of the person or service, from the tenant's key; never a name.</param>
/// <param name="Zone">Zone of the caller.</param>
/// <param name="ProvenBy">Proof of that zone.</param>
public sealed record CallerPart(string Subject, string? Zone, string? ProvenBy) : LeafPart
{
    internal static CallerPart Read(LeafReader fields) =>
        new(fields.Id("subject"), fields.OptionalId("zone"), fields.OptionalId("proven_by"));

    internal override void Write(LeafWriter fields) =>
        fields.Id("subject", Subject).Id("zone", Zone).Id("proven_by", ProvenBy);
}

/// <summary>Where a turn runs, exactly enough to run it again on another machine of the class.</summary>
/// <param name="Node">The machine.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="ZoneEvidence">How that zone was established.</param>
/// <param name="Decoder">The decoder process.</param>
/// <param name="Build">Digest of the build of the model.</param>
/// <param name="Runtime">Digest of the runtime libraries.</param>
/// <param name="CpuClass">Machines of one class give the same bits.</param>
public sealed record ExecutorPart(
    string Node, string Zone, ZoneEvidence ZoneEvidence, string Decoder, string Build, string Runtime, string CpuClass)
    : LeafPart
{
    internal static ExecutorPart Read(LeafReader fields) =>
        new(
            fields.Id("node"),
            fields.Id("zone"),
            fields.Name<ZoneEvidence>("zone_evidence"),
            fields.Id("decoder"),
            fields.Id("build"),
            fields.Id("runtime"),
            fields.Id("cpu_class"));

    internal override void Write(LeafWriter fields) =>
        fields.Id("node", Node).Id("zone", Zone).Name<ZoneEvidence>("zone_evidence", ZoneEvidence)
            .Id("decoder", Decoder).Id("build", Build).Id("runtime", Runtime).Id("cpu_class", CpuClass);
}

/// <summary>How tokens are drawn. Fractions in millionths, since a leaf holds integers only; null = not set.</summary>
/// <param name="Seed">0 to 2^53-1: with the position it fixes every draw.</param>
/// <param name="MaxTokens">Most tokens of the answer.</param>
/// <param name="TemperaturePpm">0 = the most likely token.</param>
/// <param name="TopK">Tokens kept.</param>
/// <param name="TopPpm">top_p.</param>
/// <param name="MinPpm">min_p.</param>
/// <param name="RepetitionPpm">Repetition penalty.</param>
/// <param name="FrequencyPpm">Frequency penalty, may be negative.</param>
/// <param name="PresencePpm">Presence penalty, may be negative.</param>
public sealed record SamplerPart(
    long Seed,
    long MaxTokens,
    long TemperaturePpm,
    long? TopK = null,
    long? TopPpm = null,
    long? MinPpm = null,
    long? RepetitionPpm = null,
    long? FrequencyPpm = null,
    long? PresencePpm = null) : LeafPart
{
    internal static SamplerPart Read(LeafReader fields) =>
        new(
            fields.Number("seed"),
            fields.Number("max_tokens"),
            fields.Number("temperature_ppm"),
            fields.OptionalNumber("top_k"),
            fields.OptionalNumber("top_p_ppm"),
            fields.OptionalNumber("min_p_ppm"),
            fields.OptionalNumber("repetition_ppm"),
            fields.OptionalNumber("frequency_ppm", -LeafNumber.Max),
            fields.OptionalNumber("presence_ppm", -LeafNumber.Max));

    internal override void Write(LeafWriter fields) =>
        fields.Number("seed", Seed).Number("max_tokens", MaxTokens).Number("temperature_ppm", TemperaturePpm)
            .Number("top_k", TopK).Number("top_p_ppm", TopPpm).Number("min_p_ppm", MinPpm)
            .Number("repetition_ppm", RepetitionPpm).Number("frequency_ppm", FrequencyPpm, -LeafNumber.Max)
            .Number("presence_ppm", PresencePpm, -LeafNumber.Max);
}

/// <summary>Tokens of a turn, as the engine counted them.</summary>
public sealed record CountsPart(long Prompt, long Cached, long Completion) : LeafPart
{
    internal static CountsPart Read(LeafReader fields) =>
        new(fields.Number("prompt"), fields.Number("cached"), fields.Number("completion"));

    internal override void Write(LeafWriter fields) =>
        fields.Number("prompt", Prompt).Number("cached", Cached).Number("completion", Completion);
}

/// <summary>Times of a turn in milliseconds since its intent.</summary>
public sealed record TimingsPart(long Queue, long FirstToken, long Total) : LeafPart
{
    internal static TimingsPart Read(LeafReader fields) =>
        new(fields.Number("queue_ms"), fields.Number("first_token_ms"), fields.Number("total_ms"));

    internal override void Write(LeafWriter fields) =>
        fields.Number("queue_ms", Queue).Number("first_token_ms", FirstToken).Number("total_ms", Total);
}

/// <summary>What the policy said (residency model, sections 4, 5 and 9).</summary>
/// <param name="Effect">Allow or deny.</param>
/// <param name="Epoch">Number of the policy in force.</param>
/// <param name="Policy">SHA-256 of its bytes.</param>
/// <param name="Rules">The rules that decided, in their order; `!…` for the built-in ones.</param>
/// <param name="Overridden">Allows that a denial overrode.</param>
/// <param name="Obligations">What the allows ask for.</param>
/// <param name="DeniedFor">Where two labels were decided: which of them was denied.</param>
/// <param name="RefusedAt">Kind of the destination that refused, or `label`.</param>
public sealed record DecisionPart(
    Effect Effect,
    long Epoch,
    TreeHash Policy,
    IReadOnlyList<string> Rules,
    IReadOnlyList<string> Overridden,
    IReadOnlyList<string> Obligations,
    IReadOnlyList<string>? DeniedFor = null,
    string? RefusedAt = null) : LeafPart
{
    internal static DecisionPart Read(LeafReader fields) =>
        new(
            fields.Name<Effect>("effect"),
            fields.Number("epoch", 1),
            fields.Hash("policy"),
            fields.Ids("rules"),
            fields.Ids("overridden"),
            fields.Ids("obligations"),
            fields.OptionalIds("denied_for"),
            fields.OptionalId("refused_at"));

    internal override void Write(LeafWriter fields) =>
        fields.Name<Effect>("effect", Effect).Number("epoch", Epoch, 1).Hash("policy", Policy)
            .Ids("rules", Rules).Ids("overridden", Overridden).Ids("obligations", Obligations)
            .Ids("denied_for", DeniedFor).Id("refused_at", RefusedAt);
}
