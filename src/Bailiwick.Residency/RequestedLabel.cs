namespace Bailiwick.Residency;

/// <summary>
/// The label fields that a request names, as it names them. A value of null was given but is not text; a field
/// that is absent was not named. Fields that a label does not have are kept, because they make a conflict.
/// </summary>
public sealed class RequestedLabel(IReadOnlyDictionary<string, string?> fields)
{
    /// <summary>By name; compared with those of a label as they are.</summary>
    public IReadOnlyDictionary<string, string?> Fields { get; } = fields;

    /// <summary>A request that names every field of a label.</summary>
    public static RequestedLabel Of(Label? label) => new(new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["jurisdiction"] = label?.Jurisdiction,
        ["class"] = label?.Class,
        ["purpose"] = label?.Purpose,
        ["tenant"] = label?.Tenant,
    });

    /// <summary>A request that names nothing raises nothing, and is not checked.</summary>
    public bool IsEmpty => Fields.Count == 0;
}
