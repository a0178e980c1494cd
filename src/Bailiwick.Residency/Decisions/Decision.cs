namespace Bailiwick.Residency.Decisions;

/// <summary>Which of the two labels of a raised request was denied.</summary>
public enum DeniedFor
{
    Raised,
    Credential,
}

/// <summary>A decision with its reasons, as records and people read it. Each list names an entry once.</summary>
/// <param name="Rules">Of an allow: all matching allows. Of a denial: all matching denials, or one built-in reason (`!no-match`).</param>
/// <param name="Overridden">Allows that matched and did not count.</param>
/// <param name="Obligations">Of an allow: the union of what its rules ask.</param>
/// <param name="DeniedFor">Only where two labels were decided.</param>
public sealed record Decision(
    Effect Effect,
    IReadOnlyList<string> Rules,
    IReadOnlyList<string> Overridden,
    IReadOnlyList<Obligation> Obligations,
    IReadOnlyList<DeniedFor>? DeniedFor)
{
    /// <summary>A denial for a fault of the label itself, before any destination is looked at.</summary>
    public static Decision Of(Reason fault) => new(Effect.Deny, [fault.Id()], [], [], null);
}
