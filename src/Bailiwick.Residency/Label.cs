namespace Bailiwick.Residency;

/// <summary>
/// What a payload carries. Values come from outside and are taken as they are: null stands for a field that is
/// missing or is not text, and the decision denies it. Nothing is trimmed, folded or normalised.
/// </summary>
public sealed record Label(string? Jurisdiction, string? Class, string? Purpose, string? Tenant);

/// <summary>
/// The label that a request works under and the label of the credential it came with. Where they differ, the
/// request is decided for both: a raised label opens nothing (model.md section 4).
/// </summary>
public readonly record struct LabelPair(Label? Requested, Label? Credential)
{
    /// <summary>Whether two labels are to be decided.</summary>
    public bool IsRaised => Requested != Credential;

    /// <summary>A payload whose label is the credential's own.</summary>
    public static LabelPair Of(Label? label) => new(label, label);
}
