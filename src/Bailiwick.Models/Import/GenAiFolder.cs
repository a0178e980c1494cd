using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>A finished GenAI folder of somebody else: checked file by file, then copied as it is.</summary>
internal static class GenAiFolder
{
    private static readonly string[] Needed =
        [GenAiConfigJson.FileName, TokenizerJson.FileName, TokenizerConfigJson.FileName];

    // Copied where they are there.
    private static readonly string[] Optional = [TokenizerConfigJson.TemplateFileName, "special_tokens_map.json"];

    // Published beside such models; they are neither read nor copied.
    private static readonly string[] Known =
    [
        "README.md", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", "config.json", "generation_config.json", "configuration.json",
        "added_tokens.json", "vocab.json", "merges.txt", "tokenizer.model", ".gitattributes",
    ];

    /// <summary>Checks and copies; returns the context in tokens.</summary>
    /// <exception cref="BadModelException">A file is missing, unknown, or holds something that is not allowed.</exception>
    public static int Copy(ModelSource source, string folder, ImportOptions options)
    {
        RefuseOptions(source, options);
        RefuseFolders(source);
        var files = source.Files.ToDictionary(file => file.Name, StringComparer.Ordinal);
        foreach (var name in Needed)
        {
            if (!files.ContainsKey(name)) throw new BadModelException(source.Name, $"lacks {name}");
        }

        var config = GenAiConfig.Read(files[GenAiConfigJson.FileName].Path);
        if (!files.TryGetValue(config.GraphFile, out var graph))
        {
            throw new BadModelException(GenAiConfigJson.FileName,
                $"names {Quoted.Text(config.GraphFile)}, which is not in the folder");
        }

        var data = GraphCheck.Run(graph.Path, config, name => files.TryGetValue(name, out var file) ? file.Bytes : null);
        var tokenizer = CheckpointTokenizer.Read(source);
        if (tokenizer.LargestId >= config.Vocabulary)
        {
            throw new BadModelException(TokenizerJson.FileName,
                $"has the id {tokenizer.LargestId}, but the logits have {config.Vocabulary} columns");
        }

        var copied = Needed.Concat(Optional).Append(config.GraphFile).Concat(data).ToHashSet(StringComparer.Ordinal);
        RefuseUnknown(source, copied);
        foreach (var file in source.Files.Where(file => copied.Contains(file.Name))) PlainCopy.Of(file.Path, Path.Combine(folder, file.Name));
        return config.ContextTokens;
    }

    private static void RefuseOptions(ModelSource source, ImportOptions options)
    {
        if (options.Precision is not null || options.ContextTokens is not null)
        {
            throw new BadModelException(source.Name,
                "is a finished GenAI model and is taken as it is; leave precision and context out");
        }
    }

    private static void RefuseFolders(ModelSource source)
    {
        if (Directory.EnumerateDirectories(source.Folder).FirstOrDefault() is { } inner)
        {
            throw new BadModelException(Path.GetFileName(inner), "is a folder; a GenAI model has files only");
        }
    }

    private static void RefuseUnknown(ModelSource source, HashSet<string> copied)
    {
        foreach (var file in source.Files)
        {
            if (!copied.Contains(file.Name) && !Known.Contains(file.Name, StringComparer.Ordinal))
            {
                throw new BadModelException(Quoted.Text(file.Name),
                    "is not a file that a GenAI model needs; remove it");
            }
        }
    }
}
