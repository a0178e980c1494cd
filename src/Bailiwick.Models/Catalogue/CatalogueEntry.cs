namespace Bailiwick.Models.Catalogue;

/// <summary>How open a model is; admission can demand a class.</summary>
public enum Openness
{
    /// <summary>Weights, code and data under open licences.</summary>
    OpenSource,

    /// <summary>Weights under a permissive licence.</summary>
    OpenWeightsPermissive,

    /// <summary>Weights with limits on use.</summary>
    OpenWeightsRestricted,

    /// <summary>No weights: reached over a provider's interface.</summary>
    ClosedApi,
}

/// <summary>A file with the digest that its publisher or the site states.</summary>
/// <param name="Path">Relative path with forward slashes.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Bytes">Size.</param>
public sealed record FileDigest(string Path, string Sha256, long Bytes);

/// <summary>Where weights come from.</summary>
/// <param name="Publisher">Who made the model.</param>
/// <param name="Repository">Name under which the publisher keeps it.</param>
/// <param name="Form">Published form, for example "GGUF Q4_1".</param>
public sealed record ModelOrigin(string Publisher, string Repository, string Form);

/// <summary>The licence of the weights.</summary>
/// <param name="Id">SPDX identifier, or "LicenseRef-..." for others.</param>
/// <param name="File">Text beside the entry.</param>
/// <param name="Sha256">Digest of that text, lower-case hex.</param>
public sealed record ModelLicence(string Id, string File, string Sha256);

/// <summary>What one decoder needs.</summary>
/// <param name="LoadBytes">Resident set after loading, with an empty cache.</param>
/// <param name="BytesPerToken">Key-value cache for one token.</param>
public sealed record MemoryNeed(long LoadBytes, long BytesPerToken);

/// <summary>A site's word that the model may run.</summary>
/// <param name="By">Role or person.</param>
/// <param name="On">Date, yyyy-mm-dd.</param>
/// <param name="Note">Reason or reference.</param>
public sealed record Approval(string By, string On, string Note);

/// <summary>
/// A catalogue entry, `model.json` beside the published files: what a site states about a model. Every key is needed and
/// no other is read.
/// </summary>
public sealed record CatalogueEntry
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "model.json";

    /// <summary>Name that requests use: lower-case letters, digits, '.', '_' and '-', at most 64.</summary>
    public required string Name { get; init; }

    /// <summary>Other names for it, of the same form.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>Family that builds it, for example "llama".</summary>
    public required string Family { get; init; }

    public required ModelOrigin Source { get; init; }

    public required ModelLicence Licence { get; init; }

    public required Openness Openness { get; init; }

    /// <summary>Purposes that the licence forbids, in the words of the site's policy; admission checks them.</summary>
    public required IReadOnlyList<string> UseRestrictions { get; init; }

    /// <summary>Every file that is read, with its digest.</summary>
    public required IReadOnlyList<FileDigest> Files { get; init; }

    /// <summary>Longest sequence in tokens.</summary>
    public required int ContextTokens { get; init; }

    public required MemoryNeed Memory { get; init; }

    /// <summary>Zones in which it may run; null: wherever policy allows.</summary>
    public required IReadOnlyList<string>? PermittedZones { get; init; }

    /// <summary>Null: not approved by the site yet.</summary>
    public required Approval? Approval { get; init; }
}
