using System.IO.MemoryMappedFiles;

namespace Bailiwick.Models.Weights;

/// <summary>
/// A regular file mapped read-only: bytes are given out as spans, bounds checked, and nothing of it is copied. The view's
/// SafeHandle owns the map. A file that somebody shrinks while it is open faults the process (the cost of every memory
/// map): models are read from a folder that only the operator writes.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly byte* _first;
    private Action? _release;

    private MappedFile(string name, long length, byte* first, Action release)
    {
        Name = name;
        Length = length;
        _first = first;
        _release = release;
    }

    /// <summary>Bare file name, for refusals.</summary>
    public string Name { get; }

    /// <summary>Size in bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <exception cref="BadModelException">Absent, a link, not a regular file, empty, or not readable.</exception>
    public static MappedFile Open(string path)
    {
        var info = new FileInfo(Path.TrimEndingDirectorySeparator(path));
        try
        {
            // A link is refused before it is followed. Pipes and devices report a length of 0 and so are never opened:
            // opening a pipe would wait for its writer.
            if (info.LinkTarget is not null) throw new BadModelException(info.Name, "is a symbolic link; links are not followed");
            if (!info.Exists) throw new BadModelException(info.Name, "does not exist or is not a regular file");
            if (info.Length == 0) throw new BadModelException(info.Name, "is empty");
            return Map(info.Name, path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BadModelException(info.Name, $"cannot be read ({failure.GetType().Name})");
        }
    }

    /// <summary>The same interface over bytes in memory, which stay pinned until it is disposed.</summary>
    public static MappedFile InMemory(string name, byte[] bytes)
    {
        var pin = bytes.AsMemory().Pin();
        return new MappedFile(name, bytes.Length, (byte*)pin.Pointer, () => pin.Dispose());
    }

    /// <summary>A view of <paramref name="length"/> bytes from <paramref name="offset"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not all of them are inside the file.</exception>
    /// <exception cref="ObjectDisposedException">The file was disposed.</exception>
    public ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_release is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new ReadOnlySpan<byte>(_first + offset, length);
    }

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();

    private static MappedFile Map(string name, string path)
    {
        using var handle = File.OpenHandle(path);
        var length = RandomAccess.GetLength(handle);
        using var map = MemoryMappedFile.CreateFromFile(
            handle, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return new MappedFile(name, length, pointer, () =>
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
        });
    }
}
