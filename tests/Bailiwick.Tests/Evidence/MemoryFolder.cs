using Bailiwick.Evidence.Storage;

namespace Bailiwick.Tests.Evidence;

/// <summary>A folder in memory, so that thousands of packs can be edited without a disk.</summary>
internal sealed class MemoryFolder(IDictionary<string, byte[]> files) : IFolder
{
    public MemoryFolder()
        : this(new SortedDictionary<string, byte[]>(StringComparer.Ordinal))
    {
    }

    public IDictionary<string, byte[]> Files { get; } = files;

    public MemoryFolder Copy() =>
        new(new SortedDictionary<string, byte[]>(Files, StringComparer.Ordinal));

    public IReadOnlyList<string> List() => [.. Files.Keys];

    public Stream? OpenRead(string name) => Files.TryGetValue(name, out var bytes) ? new MemoryStream(bytes, writable: false) : null;

    public Stream Create(string name) => new Kept(bytes => Files[name] = bytes);

    public void SaveTo(string folder)
    {
        foreach (var (name, bytes) in Files)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
    }

    private sealed class Kept(Action<byte[]> keep) : MemoryStream
    {
        protected override void Dispose(bool disposing)
        {
            keep(ToArray());
            base.Dispose(disposing);
        }
    }
}
