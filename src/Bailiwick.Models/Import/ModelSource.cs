using Bailiwick.Models.Catalogue;
using Bailiwick.Models.Safetensors;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>The published forms.</summary>
internal enum SourceForm
{
    Gguf,
    Checkpoint,
    GenAi,
}

/// <summary>A file of the source.</summary>
/// <param name="Name">Bare name.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Size when it was found.</param>
internal sealed record SourceFile(string Name, string Path, long Bytes);

/// <summary>What lies at the path that an import was given.</summary>
internal sealed record ModelSource
{
    // Files of a checkpoint that are read where they are there; others of its folder are never opened.
    private static readonly string[] CheckpointFiles =
    [
        "config.json", "generation_config.json", SafetensorsCheckpoint.IndexFile, TokenizerJson.FileName,
        TokenizerConfigJson.FileName, TokenizerConfigJson.TemplateFileName,
    ];

    public required SourceForm Form { get; init; }

    /// <summary>Folder of the files.</summary>
    public required string Folder { get; init; }

    /// <summary>Name for the model where no catalogue entry gives one.</summary>
    public required string Name { get; init; }

    /// <summary>The files that are read, by name.</summary>
    public required IReadOnlyList<SourceFile> Files { get; init; }

    /// <summary>The catalogue entry beside them, or null.</summary>
    public required CatalogueEntry? Entry { get; init; }

    /// <summary>Looks at a path without reading weights.</summary>
    /// <exception cref="BadModelException">Nothing there is a published form, or there is a link.</exception>
    public static ModelSource Find(string path)
    {
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (File.Exists(full)) return SingleFile(full);
        if (!Directory.Exists(full)) throw new BadModelException(System.IO.Path.GetFileName(full), "does not exist");
        RefuseLink(new DirectoryInfo(full));
        var files = FilesOf(full);
        if (files.ContainsKey(GenAiConfigJson.FileName)) return Of(SourceForm.GenAi, full, files.Values);
        if (SafetensorsCheckpoint.Exists(full)) return Of(SourceForm.Checkpoint, full, CheckpointParts(full, files));
        var gguf = files.Values.Where(file => IsGguf(file.Name)).ToList();
        return gguf.Count == 1
            ? Of(SourceForm.Gguf, full, gguf)
            : throw new BadModelException(System.IO.Path.GetFileName(full), gguf.Count == 0
                ? "holds neither a .gguf file, nor a checkpoint (config.json and model.safetensors), nor a GenAI model (genai_config.json)"
                : $"holds {gguf.Count} .gguf files; name one of them");
    }

    private static ModelSource SingleFile(string path)
    {
        var info = new FileInfo(path);
        RefuseLink(info);
        return IsGguf(info.Name)
            ? Of(SourceForm.Gguf, info.DirectoryName!, [new SourceFile(info.Name, info.FullName, info.Length)], ModelName.Of(info.Name[..^".gguf".Length]))
            : throw new BadModelException(info.Name,
                "is not a .gguf file; give a folder for the other published forms");
    }

    private static ModelSource Of(SourceForm form, string folder, IEnumerable<SourceFile> files, string? name = null)
    {
        var parts = files.Where(file => file.Name != CatalogueEntry.FileName).OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        var entry = EntryFor(folder, parts);
        return new ModelSource
        {
            Form = form,
            Folder = folder,
            Name = entry?.Name ?? name ?? ModelName.Of(System.IO.Path.GetFileName(folder)),
            Files = parts,
            Entry = entry,
        };
    }

    // An entry belongs to the files that it lists: beside some other file it says nothing.
    private static CatalogueEntry? EntryFor(string folder, List<SourceFile> files)
    {
        var path = System.IO.Path.Combine(folder, CatalogueEntry.FileName);
        if (!File.Exists(path)) return null;
        var entry = CatalogueJson.Read<CatalogueEntry>(path);
        ModelName.Check(entry);
        return files.Any(file => entry.Files.Any(listed => listed.Path == file.Name)) ? entry : null;
    }

    private static IEnumerable<SourceFile> CheckpointParts(string folder, SortedDictionary<string, SourceFile> files)
    {
        foreach (var name in (string[])["config.json", TokenizerJson.FileName, TokenizerConfigJson.FileName])
        {
            if (!files.ContainsKey(name))
            {
                throw new BadModelException(System.IO.Path.GetFileName(folder), $"lacks {name}");
            }
        }

        using var weights = SafetensorsCheckpoint.Open(folder);
        var used = CheckpointFiles.Concat(weights.Files).ToHashSet(StringComparer.Ordinal);
        return [.. files.Values.Where(file => used.Contains(file.Name))];
    }

    private static SortedDictionary<string, SourceFile> FilesOf(string folder)
    {
        var files = new SortedDictionary<string, SourceFile>(StringComparer.Ordinal);
        foreach (var info in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            RefuseLink(info);
            if (info is FileInfo file) files.Add(file.Name, new SourceFile(file.Name, file.FullName, file.Length));
        }

        return files;
    }

    private static void RefuseLink(FileSystemInfo info)
    {
        if (info.LinkTarget is not null)
        {
            throw new BadModelException(info.Name,
                "is a symbolic link; a model is read from regular files only, so copy what it points to");
        }
    }

    private static bool IsGguf(string name) => name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
}
