using System.Globalization;
using Bailiwick.Models.Catalogue;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>Turns a model in published form into a build in the store: an ONNX Runtime GenAI folder named by its
/// digest.</summary>
public static class ModelImporter
{
    /// <summary>Version of the builder. Raised whenever the same source would give other bytes, so that stores build
    /// anew.</summary>
    public const string BuilderVersion = "1";

    /// <summary>Imports a model. Another import into the same store is waited for; a build that is there already is
    /// reused.</summary>
    /// <param name="request">Source, store and form.</param>
    /// <param name="progress">Told how far it is; may be called from another thread.</param>
    /// <param name="check">The caller's check of tokenizer and template in a finished folder, in a process that may die of it;
    /// throws <see cref="BadModelException"/> to refuse.</param>
    /// <param name="cancel">Ends the import; nothing is left in the store.</param>
    /// <exception cref="BadModelException">The source is refused; the sentence names file and reason.</exception>
    /// <exception cref="IOException">The store cannot be written.</exception>
    public static async Task<ImportedBuild> ImportAsync(
        ImportRequest request, IProgress<ImportProgress> progress, Func<string, CancellationToken, Task> check, CancellationToken cancel)
    {
        var store = new ModelStore(request.StoreRoot);
        var source = ModelSource.Find(request.SourcePath);
        using var held = await StoreLock.AcquireAsync(store, progress, cancel).ConfigureAwait(false);
        var digests = await Task.Run(() => Digests(source, progress, cancel), cancel).ConfigureAwait(false);
        EnsureListed(source, digests);
        var key = Key(source, digests, request.Options);
        if (store.FindByKey(key) is { } known) return Reuse(store, known, source);

        var folder = Directory.CreateDirectory(Path.Combine(store.Building, key)).FullName;
        try
        {
            var context = await Task.Run(() => SourceBuild.Write(source, folder, request.Options, progress, cancel), cancel).ConfigureAwait(false);
            progress.Report(new ImportProgress(ImportPhase.Checking, 0, 0));
            await check(folder, cancel).ConfigureAwait(false);
            var files = await Task.Run(() => Seal(folder, progress, cancel), cancel).ConfigureAwait(false);
            var build = Record(source, key, digests, files, context);
            Publish(store, build, folder);
            return new ImportedBuild(build.Name, build.Digest, store.Folder(build), Reused: false);
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private static ImportedBuild Reuse(ModelStore store, BuildRecord known, ModelSource source)
    {
        var build = known with { Name = source.Name, Entry = source.Entry };
        store.Register(build);
        return new ImportedBuild(build.Name, build.Digest, store.Folder(build), Reused: true);
    }

    private static List<FileDigest> Digests(ModelSource source, IProgress<ImportProgress> progress, CancellationToken cancel)
    {
        var total = source.Files.Sum(file => file.Bytes);
        var done = 0L;
        return [.. source.Files.Select(file => new FileDigest(
            file.Name,
            Sha256Digest.OfFile(file.Path, read => progress.Report(new ImportProgress(ImportPhase.Reading, done += read, total)), cancel),
            file.Bytes))];
    }

    // Nothing is built whose digest differs from what the catalogue states.
    private static void EnsureListed(ModelSource source, List<FileDigest> digests)
    {
        if (source.Entry is not { } entry) return;
        var listed = entry.Files.ToDictionary(file => file.Path, StringComparer.Ordinal);
        foreach (var file in digests)
        {
            if (!listed.TryGetValue(file.Path, out var stated))
            {
                throw new BadModelException(file.Path, $"is not listed in {CatalogueEntry.FileName} beside it");
            }

            if (stated.Sha256 != file.Sha256)
            {
                throw new BadModelException(file.Path,
                    $"has the digest {file.Sha256}; {CatalogueEntry.FileName} beside it states {stated.Sha256}");
            }
        }
    }

    private static string Key(ModelSource source, List<FileDigest> digests, ImportOptions options) =>
        Sha256Digest.OfText(string.Join('\n',
        BuilderVersion, source.Form, Sha256Digest.OfTree(digests), options.Precision,
        options.AccuracyLevel.ToString(CultureInfo.InvariantCulture), options.PrunedHead,
        options.Threads.ToString(CultureInfo.InvariantCulture), options.ContextTokens?.ToString(CultureInfo.InvariantCulture)));

    private static List<FileDigest> Seal(string folder, IProgress<ImportProgress> progress, CancellationToken cancel)
    {
        var files = new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        var total = files.Sum(file => file.Length);
        var done = 0L;
        var digests = new List<FileDigest>();
        foreach (var file in files)
        {
            // On the disk before the rename: a build that is seen is whole, after a power cut too.
            using (var handle = File.OpenHandle(file.FullName, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(handle);
            var digest = Sha256Digest.OfFile(
                file.FullName, read => progress.Report(new ImportProgress(ImportPhase.Storing, done += read, total)), cancel);
            digests.Add(new FileDigest(file.Name, digest, file.Length));
        }

        return digests;
    }

    private static BuildRecord Record(ModelSource source, string key, List<FileDigest> sources, List<FileDigest> files, int context) =>
        new()
    {
        Name = source.Name,
        Digest = Sha256Digest.OfTree(files),
        Key = key,
        Builder = BuilderVersion,
        Form = source.Form.ToString().ToLowerInvariant(),
        Source = sources,
        Files = files,
        ContextTokens = context,
        Entry = source.Entry,
    };

    private static void Publish(ModelStore store, BuildRecord build, string folder)
    {
        Directory.CreateDirectory(store.Builds);
        var target = store.Folder(build);
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        Directory.Move(folder, target);
        store.Register(build);
    }
}
