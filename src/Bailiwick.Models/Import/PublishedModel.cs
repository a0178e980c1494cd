using System.Security.Cryptography;
using Bailiwick.Models.Catalogue;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>What lies at a path before it is imported: enough to say what a node is about to serve. Reads no weights.</summary>
/// <param name="Name">Name that requests use.</param>
/// <param name="Entry">The catalogue entry beside the files; null = none.</param>
/// <param name="EntryBytes">The entry as it stands in its file; empty where there is none.</param>
public sealed record PublishedModel(string Name, CatalogueEntry? Entry, ReadOnlyMemory<byte> EntryBytes)
{
    /// <summary>SHA-256 of the entry's bytes, lower-case hex; empty where there is none.</summary>
    public string EntryDigest => EntryBytes.IsEmpty ? "" : Convert.ToHexStringLower(SHA256.HashData(EntryBytes.Span));

    /// <summary>Looks at a model in published form.</summary>
    /// <exception cref="BadModelException">Nothing there is a published form, or its entry is malformed; the message names
    /// the file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PublishedModel Find(string path)
    {
        var source = ModelSource.Find(path);
        return source.Entry is { } entry
            ? new PublishedModel(source.Name, entry, File.ReadAllBytes(Path.Combine(source.Folder, CatalogueEntry.FileName)))
            : new PublishedModel(source.Name, null, default);
    }

    /// <summary>Reads an entry without the files that it lists, for decoders that are simulated.</summary>
    /// <param name="path">The entry, or the folder that holds it.</param>
    /// <exception cref="BadModelException">It is absent or malformed; the message names the file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PublishedModel FindEntry(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, CatalogueEntry.FileName) : path;
        var entry = CatalogueJson.Read<CatalogueEntry>(file);
        ModelName.Check(entry);
        return new PublishedModel(entry.Name, entry, File.ReadAllBytes(file));
    }

    /// <summary>A name for a path that cannot be read as a model, so that its failure can be shown under one.</summary>
    public static string NameOf(string path) => ModelName.Of(Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path)));
}
