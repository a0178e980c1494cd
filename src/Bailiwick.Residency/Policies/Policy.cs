namespace Bailiwick.Residency.Policies;

/// <summary>A policy as loaded: every reference resolves, nothing is compiled yet. Immutable.</summary>
/// <param name="Name">The policy's id.</param>
/// <param name="Epoch">1 to 10^15-1.</param>
/// <param name="Digest">SHA-256 of the file's bytes, 64 lower-case hex digits.</param>
public sealed record Policy(
    string Name,
    long Epoch,
    string Title,
    string Digest,
    Vocabulary Vocabulary,
    IReadOnlyList<PolicyDocument> Documents);

/// <summary>The rules of one authority.</summary>
/// <param name="Scope">Which labels the authority may speak about; null is all.</param>
/// <param name="ValidFrom">Inclusive, UTC.</param>
/// <param name="ValidUntil">Exclusive, UTC.</param>
/// <param name="BreakGlass">Null for a standing document.</param>
public sealed record PolicyDocument(
    string Id,
    string Authority,
    JurisdictionCondition? Scope,
    DateTimeOffset? ValidFrom,
    DateTimeOffset? ValidUntil,
    BreakGlassLimits? BreakGlass,
    IReadOnlyList<Rule> Rules);

/// <summary>Under which limits a break-glass document can be switched on.</summary>
/// <param name="Approvals">Different approvers, 2 to 9.</param>
/// <param name="MaxMinutes">Longest activation, 1 to 1440.</param>
public sealed record BreakGlassLimits(int Approvals, int MaxMinutes);

/// <param name="MinimumProof">Of an allow; certificate where it was left out. Null for a denial.</param>
/// <param name="ProofBelow">Of a denial; null matches any proof.</param>
/// <param name="Because">The legal ground, in a sentence.</param>
public sealed record Rule(
    string Id,
    Effect Effect,
    LabelConditions Label,
    DestinationConditions Destination,
    Proof? MinimumProof,
    Proof? ProofBelow,
    IReadOnlyList<Obligation> Obligations,
    string Because)
{
    /// <summary>Whether a zone that is proven so well meets the rule's condition on proof.</summary>
    public bool MatchesProof(Proof proof) =>
        (MinimumProof is not { } minimum || proof >= minimum) && (ProofBelow is not { } limit || proof < limit);
}
