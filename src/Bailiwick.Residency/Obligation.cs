namespace Bailiwick.Residency;

/// <summary>What an allow asks of whoever carries the request out. Reported by a decision, never carried out by it.</summary>
public enum Obligation
{
    NoText,
    SealText,
    Erase30D,
    NotifyOfficer,
    TwoPersonReview,
    PseudonymisedInput,
    PadStream,
}

/// <summary>How obligations are written.</summary>
public static class Obligations
{
    /// <summary>The ids, at the index of their enum value.</summary>
    public static IdList Ids { get; } = new(
        ["no-text", "seal-text", "erase-30d", "notify-officer", "two-person-review", "pseudonymised-input", "pad-stream"]);

    /// <summary>The id: `no-text`.</summary>
    public static string Text(this Obligation obligation) => Ids[(int)obligation];
}
