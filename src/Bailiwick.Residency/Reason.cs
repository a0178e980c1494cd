namespace Bailiwick.Residency;

/// <summary>Why something is denied although no rule says so, in the order in which a decision looks.</summary>
public enum Reason
{
    /// <summary>Rules decided.</summary>
    None,
    UnknownJurisdiction,
    UnknownClass,
    UnknownPurpose,
    UnknownTenant,
    UnknownKind,
    UnknownZone,
    UnknownProvenBy,

    /// <summary>The label's jurisdiction is not within the tenant's home.</summary>
    TenantHome,

    /// <summary>Only a setting names the zone.</summary>
    UnprovenZone,
    NoMatch,

    /// <summary>A request names another tenant or purpose or a field that labels do not have; or two labels do not join.</summary>
    LabelConflict,

    /// <summary>A request names a lower class, or a jurisdiction that is not within the credential's.</summary>
    LabelLowered,
}

/// <summary>How reasons are written, for programs and for people.</summary>
public static class Reasons
{
    private static readonly string[] Ids =
    [
        "", "!unknown-jurisdiction", "!unknown-class", "!unknown-purpose", "!unknown-tenant", "!unknown-kind",
        "!unknown-zone", "!unknown-proven-by", "!tenant-home", "!unproven-zone", "!no-match", "!label-conflict",
        "!label-lowered",
    ];

    /// <summary>As it stands in the place of a rule id: `!no-match`.</summary>
    public static string Id(this Reason reason) => Ids[(int)reason];

    /// <summary>The reason of an id, `!no-match`; null for a rule id.</summary>
    public static Reason? Of(string id) => Array.IndexOf(Ids, id) is > 0 and var found ? (Reason)found : null;

    /// <summary>A sentence for people.</summary>
    public static string Sentence(this Reason reason) => reason switch
    {
        Reason.None => "A rule decided.",
        Reason.UnknownJurisdiction => "The label's jurisdiction is missing or is not in the policy's list.",
        Reason.UnknownClass => "The label's class is missing or is not in the policy's list.",
        Reason.UnknownPurpose => "The label's purpose is missing or is not in the policy's list.",
        Reason.UnknownTenant => "The label's tenant is missing or is not in the policy's list.",
        Reason.UnknownKind => "The destination's kind is missing or is not one of the fixed kinds.",
        Reason.UnknownZone => "The destination's zone is missing or is not in the policy's list.",
        Reason.UnknownProvenBy => "What proves the destination's zone is missing or is not one of the fixed proofs.",
        Reason.TenantHome => "The label's jurisdiction does not lie within the home of its tenant.",
        Reason.UnprovenZone => "Only a setting names the destination's zone, and a setting proves no place; no rule can change this.",
        Reason.NoMatch => "No rule matches, and what no rule allows is denied.",
        Reason.LabelConflict => "The labels do not agree in tenant, purpose or place, or the request names a field that a label does not have.",
        Reason.LabelLowered => "A request may raise its credential's label and never lower it.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
