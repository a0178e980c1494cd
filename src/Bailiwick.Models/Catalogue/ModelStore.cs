using System.Text;
using System.Text.RegularExpressions;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Catalogue;

/// <summary>
/// A folder of builds: `builds/DIGEST/` holds the files of one, `records/DIGEST.json` says where it came from, `names/NAME`
/// holds the digest that a name means now (the last import of that name).
/// </summary>
/// <param name="root">The store's folder; it need not exist to be listed.</param>
public sealed partial class ModelStore(string root)
{
    private const int ShortestDigestPrefix = 8;

    /// <summary>Absolute path of the store.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    internal string Builds => Path.Combine(Root, "builds");

    internal string Building => Path.Combine(Root, "building");

    private string Records => Path.Combine(Root, "records");

    private string Names => Path.Combine(Root, "names");

    /// <summary>Folder of a build: a GenAI folder.</summary>
    public string Folder(BuildRecord build) => Path.Combine(Builds, build.Digest);

    /// <summary>Every build, by name and digest.</summary>
    /// <exception cref="BadModelException">A record cannot be read.</exception>
    public IReadOnlyList<BuildRecord> List() => !Directory.Exists(Records)
        ? []
        : [.. Directory.EnumerateFiles(Records, "*.json")
            .Order(StringComparer.Ordinal)
            .Select(CatalogueJson.Read<BuildRecord>)
            .OrderBy(build => build.Name, StringComparer.Ordinal)];

    /// <summary>Whether a name means this build now.</summary>
    public bool IsCurrent(BuildRecord build) => CurrentDigest(build.Name) == build.Digest;

    /// <summary>Finds a build by "name", "alias", or either with "@" and the first eight or more digits of its
    /// digest.</summary>
    /// <param name="reference">What the operator or a request says.</param>
    /// <param name="build">The build, or null.</param>
    /// <param name="sentence">Why there is none, for the operator.</param>
    /// <exception cref="BadModelException">A record cannot be read.</exception>
    public bool TryResolve(string reference, out BuildRecord? build, out string sentence)
    {
        var at = reference.IndexOf('@', StringComparison.Ordinal);
        var name = at < 0 ? reference : reference[..at];
        var digest = at < 0 ? null : reference[(at + 1)..];
        var named = List().Where(candidate => candidate.Name == name || candidate.Entry?.Aliases.Contains(name) == true).ToList();
        var matches = digest is null
            ? named.Where(IsCurrent).ToList()
            : named.Where(candidate => candidate.Digest.StartsWith(digest, StringComparison.Ordinal)).ToList();
        build = matches is [var only] && digest is not { Length: < ShortestDigestPrefix } ? only : null;
        sentence = build is not null ? "" : WhyNot(reference, digest, named, matches);
        return build is not null;
    }

    /// <summary>Reads every file of a build again and compares.</summary>
    /// <exception cref="BadModelException">A file is missing, changed or not part of the build; the message names it.</exception>
    public void Verify(BuildRecord build, CancellationToken cancel)
    {
        var folder = Folder(build);
        if (!Directory.Exists(folder)) throw new BadModelException(build.Digest, "has no folder in the store");
        var expected = build.Files.ToDictionary(file => file.Path, StringComparer.Ordinal);
        foreach (var info in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(folder, info.FullName);
            if (info.LinkTarget is not null) throw new BadModelException(path, "is a symbolic link; a build has none");
            if (!expected.ContainsKey(path)) throw new BadModelException(path, "is not part of the build");
        }

        foreach (var file in build.Files) VerifyFile(folder, file, cancel);
        if (Sha256Digest.OfTree(build.Files) != build.Digest)
        {
            throw new BadModelException($"{build.Digest}.json", "lists files of another build");
        }
    }

    internal BuildRecord? FindByKey(string key) => List().FirstOrDefault(build =>
        build.Key == key && build.Files.All(file => new FileInfo(Path.Combine(Folder(build), file.Path)) is { Exists: true } info && info.Length == file.Bytes));

    /// <summary>Makes a record and lets its name mean it.</summary>
    internal void Register(BuildRecord build)
    {
        Directory.CreateDirectory(Records);
        Directory.CreateDirectory(Names);
        CatalogueJson.Write(Path.Combine(Records, $"{build.Digest}.json"), build);
        AtomicFile.Write(Path.Combine(Names, build.Name), Encoding.ASCII.GetBytes($"{build.Digest}\n"));
    }

    /// <summary>Whether a text can be the name of a model: it becomes a file name.</summary>
    internal static bool IsName(string text) => NamePattern().IsMatch(text);

    private static void VerifyFile(string folder, FileDigest file, CancellationToken cancel)
    {
        var info = new FileInfo(Path.Combine(folder, file.Path));
        if (!info.Exists) throw new BadModelException(file.Path, "is missing from the build");
        if (info.Length != file.Bytes)
        {
            throw new BadModelException(file.Path, $"has {info.Length} bytes, not the {file.Bytes} that were built");
        }
        var digest = Sha256Digest.OfFile(info.FullName, null, cancel);
        if (digest != file.Sha256)
        {
            throw new BadModelException(file.Path, $"has the digest {digest}, not {file.Sha256}: it was changed");
        }
    }

    private string? CurrentDigest(string name)
    {
        var path = Path.Combine(Names, name);
        return IsName(name) && File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    private string WhyNot(string reference, string? digest, List<BuildRecord> named, List<BuildRecord> matches)
    {
        if (digest is { Length: < ShortestDigestPrefix })
        {
            return $"{Quoted.Text(reference)} pins by too few digits; give at least {ShortestDigestPrefix} of the digest.";
        }

        if (matches.Count > 1)
        {
            var choices = string.Join(", ", matches.Select(match => $"{match.Name}@{match.Digest[..12]}"));
            return $"{Quoted.Text(reference)} means several builds: {choices}.";
        }

        var known = List().Select(build => build.Name).Distinct().ToList();
        return named.Count > 0
            ? $"No build of {Quoted.Text(reference)} is in {Root}; the name has {string.Join(", ", named.Select(match => match.Digest[..12]))}."
            : $"No model {Quoted.Text(reference)} is in {Root}; "
                + (known.Count == 0 ? "it has none yet: import one with 'bailiwick models import PATH'." : $"it has {string.Join(", ", known)}.");
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex NamePattern();
}
