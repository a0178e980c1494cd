namespace Bailiwick.Models.Catalogue;

/// <summary>What a store knows about a build beside its files.</summary>
public sealed record BuildRecord
{
    /// <summary>Name that requests use.</summary>
    public required string Name { get; init; }

    /// <summary>Tree digest of the files, lower-case hex: the build's identity.</summary>
    public required string Digest { get; init; }

    /// <summary>Digest over source digests, options and builder: equal keys give equal builds, so they are built
    /// once.</summary>
    public required string Key { get; init; }

    /// <summary>Version of the code that built it.</summary>
    public required string Builder { get; init; }

    /// <summary>Published form: gguf, checkpoint or genai.</summary>
    public required string Form { get; init; }

    /// <summary>Files that it was made from.</summary>
    public required IReadOnlyList<FileDigest> Source { get; init; }

    /// <summary>Files that it consists of.</summary>
    public required IReadOnlyList<FileDigest> Files { get; init; }

    /// <summary>Longest sequence in tokens.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>The catalogue entry that lay beside the source, or null.</summary>
    public required CatalogueEntry? Entry { get; init; }
}
