using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Epochs;

namespace Bailiwick.Residency.Requests;

/// <summary>A decision and what it is about; the destination is null where the label itself was at fault.</summary>
public sealed record PlacedDecision(Destination? Destination, Decision Decision);

/// <summary>
/// What a request may reach, planned once before anything runs (model.md section 9), and the policy it was planned
/// under. Either an <see cref="AdmittedPlan"/> or a <see cref="RefusedPlan"/>.
/// </summary>
public abstract record RequestPlan(Permit Permit);

/// <param name="RefusedAt">`label`, or the kind of the first destination that was denied.</param>
/// <param name="Decisions">Its decision; for silos those of all candidates, in the order given.</param>
public sealed record RefusedPlan(Permit Permit, string RefusedAt, IReadOnlyList<PlacedDecision> Decisions)
    : RequestPlan(Permit);

/// <param name="Labels">The label to work under, and the credential's.</param>
/// <param name="Silos">Zones that may run the request, in the order given, each once.</param>
/// <param name="Cache">Those of them whose prefix cache may be used.</param>
/// <param name="AuditText">Whether the text store may get the text; an obligation `no-text` still forbids it.</param>
/// <param name="Withheld">What was denied and does not refuse the request: caches and the text store.</param>
/// <param name="Obligations">They hold whichever of the zones is taken.</param>
/// <param name="Reach">Every destination that this plan allows.</param>
public sealed record AdmittedPlan(
    Permit Permit,
    LabelPair Labels,
    IReadOnlyList<string> Silos,
    IReadOnlyList<string> Cache,
    bool AuditText,
    IReadOnlyList<PlacedDecision> Withheld,
    IReadOnlyList<Obligation> Obligations,
    IReadOnlyList<Destination> Reach)
    : RequestPlan(Permit);
