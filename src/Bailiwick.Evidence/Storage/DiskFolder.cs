namespace Bailiwick.Evidence.Storage;

/// <summary>Files under one folder of the disk. Links are never followed, pipes never opened. Thread-safe for different names.</summary>
public sealed class DiskFolder(string root) : IFolder
{
    private readonly string _root = Path.GetFullPath(root);

    public IReadOnlyList<string> List()
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = 0,
            IgnoreInaccessible = false,
        };
        // A link to a folder is listed as a file of its own: the enumeration must not walk through it.
        var names = new System.IO.Enumeration.FileSystemEnumerable<string>(
            _root,
            (ref System.IO.Enumeration.FileSystemEntry entry) => entry.ToFullPath(),
            options)
        {
            ShouldIncludePredicate = (ref System.IO.Enumeration.FileSystemEntry entry) => !entry.IsDirectory || IsLink(ref entry),
            ShouldRecursePredicate = (ref System.IO.Enumeration.FileSystemEntry entry) => !IsLink(ref entry),
        };
        return [.. names.Select(path => Path.GetRelativePath(_root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];
    }

    public Stream? OpenRead(string name)
    {
        if (!FolderName.IsValid(name))
        {
            return null;
        }

        var file = new FileInfo(Path.Combine(_root, name));
        return file.Exists && !HasLink(name) && (!OperatingSystem.IsLinux() || LinuxFile.IsPlain(file.FullName))
            ? new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan)
            : null;
    }

    public Stream Create(string name)
    {
        if (!FolderName.IsValid(name) || HasLink(name))
        {
            throw new ArgumentException($"{name} is not a plain name inside the folder.", nameof(name));
        }

        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
    }

    /// <summary>True if the file or a folder on the way to it is a link.</summary>
    private bool HasLink(string name)
    {
        var path = _root;
        foreach (var segment in name.Split('/'))
        {
            path = Path.Combine(path, segment);
            if (new FileInfo(path).LinkTarget is not null)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsLink(ref System.IO.Enumeration.FileSystemEntry entry) =>
        (entry.Attributes & FileAttributes.ReparsePoint) != 0;
}
