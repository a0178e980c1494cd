namespace Bailiwick.Residency.Loading;

/// <summary>One fault of a file. The list of codes is closed: model.md section 8.</summary>
/// <param name="Code">For programs: `unknown-reference`.</param>
/// <param name="Path">JSON Pointer (RFC 6901) to the value; empty for the whole file.</param>
/// <param name="Line">First line of the value, from 1; 0 where no line is known.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record PolicyFault(string Code, string Path, long Line, string Message);

/// <summary>The codes of faults.</summary>
public static class FaultCodes
{
    public const string Yaml = "yaml";
    public const string YamlTooLarge = "yaml-too-large";
    public const string YamlDuplicateKey = "yaml-duplicate-key";
    public const string YamlAlias = "yaml-alias";
    public const string YamlTag = "yaml-tag";
    public const string YamlMultipleDocuments = "yaml-multiple-documents";
    public const string SchemaVersion = "schema-version";
    public const string SchemaUnknownField = "schema-unknown-field";
    public const string SchemaMissingField = "schema-missing-field";
    public const string SchemaType = "schema-type";
    public const string SchemaValue = "schema-value";
    public const string DuplicateId = "duplicate-id";
    public const string ReservedId = "reserved-id";
    public const string UnknownReference = "unknown-reference";
    public const string Cycle = "cycle";
    public const string EmptyList = "empty-list";
    public const string AllowIncomplete = "allow-incomplete";
    public const string EffectMismatch = "effect-mismatch";
    public const string BreakGlassLimits = "break-glass-limits";
    public const string Validity = "validity";
}
