using System.Collections.Concurrent;
using Bailiwick.Models.Import;

namespace Bailiwick.Tests.Models;

/// <summary>Builds that several tests read: each is made once in this process, in a store that goes with it.</summary>
internal static class TestBuilds
{
    private static readonly ConcurrentDictionary<(string Path, ImportOptions Options), Lazy<Task<ImportedBuild>>> Builds =
        new();
    private static readonly ConcurrentDictionary<string, Lazy<string>> Folders = new();
    private static readonly string Root = Scratch.Folder();

    /// <summary>The default model as `bailiwick models import` builds it.</summary>
    public static Task<ImportedBuild> DefaultModelAsync() => DefaultModelAsync(new ImportOptions());

    public static Task<ImportedBuild> DefaultModelAsync(ImportOptions options) =>
        OfAsync(Repository.Model("smollm2-135m-instruct"), options);

    public static Task<ImportedBuild> OfAsync(string path, ImportOptions options) => Builds.GetOrAdd(
        (path, options), key => new Lazy<Task<ImportedBuild>>(() => ImportAsync(key.Path, Path.Combine(Root, "store"), key.Options))).Value;

    /// <summary>A folder as checkpoints are published: a fixture's configuration and weights, and the tokenizer that
    /// its README names. Made once, since tests that run beside each other read it.</summary>
    public static string Published(string checkpoint) =>
        Folders.GetOrAdd(checkpoint, name => new Lazy<string>(() => Publish(name))).Value;

    public static Task<ImportedBuild> ImportAsync(string path, string store, ImportOptions options) =>
        ModelImporter.ImportAsync(
            new ImportRequest(path, store, options), new Progress<ImportProgress>(), (_, _) => Task.CompletedTask,
            CancellationToken.None);

    private static string Publish(string checkpoint)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "published", checkpoint)).FullName;
        var files = Directory.EnumerateFiles(Repository.Fixture("families", "checkpoints", checkpoint))
            .Where(file => !Path.GetFileName(file).StartsWith("reference.", StringComparison.Ordinal))
            .Concat(Directory.EnumerateFiles(Repository.Fixture("families", "tokenizers", "bpe320"), "tokenizer*.json"));
        foreach (var file in files) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }
}
