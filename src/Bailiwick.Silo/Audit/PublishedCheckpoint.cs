using System.Diagnostics.CodeAnalysis;
using Bailiwick.Evidence;

namespace Bailiwick.Silo.Audit;

/// <summary>
/// The last checkpoint that was signed, in a file outside PostgreSQL: what a restored or stale database cannot take back. Gateways of one
/// machine may share the folder.
/// </summary>
internal sealed class PublishedCheckpoint(string folder, VerifierKey key)
{
    private readonly string _path = Path.Combine(folder, PackNames.Checkpoint);
    private readonly TrustPolicy _policy = TrustPolicy.Of([key], [], 0);
    private (byte[] Note, Checkpoint Checkpoint)? _seen;

    /// <summary>Reads it.</summary>
    /// <param name="checkpoint">Null where none was published yet.</param>
    /// <param name="fault">A sentence.</param>
    /// <returns>False where there is a file that this log did not sign.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public bool TryRead(out Checkpoint? checkpoint, [NotNullWhen(false)] out string? fault)
    {
        (checkpoint, fault) = (null, null);
        if (!File.Exists(_path))
        {
            return true;
        }

        var note = File.ReadAllBytes(_path);
        if (_seen is { } seen && seen.Note.AsSpan().SequenceEqual(note))
        {
            // Several times a second: its signature was checked when it was new.
            checkpoint = seen.Checkpoint;
            return true;
        }

        if (TryOpen(note, out checkpoint, out var reason))
        {
            _seen = (note, checkpoint);
            return true;
        }

        fault = $"the published checkpoint is not this log's: {reason}.";
        return false;
    }

    /// <summary>Puts a checkpoint in its place, unless a larger one is there already. It is on the disk when this returns.</summary>
    /// <returns>False while another gateway writes it.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public bool TryReplace(SignedNote note, ulong size)
    {
        Directory.CreateDirectory(folder);
        using var held = Lock();
        if (held is null)
        {
            return false;
        }

        if (TryRead(out var there, out _) && there?.Size > size)
        {
            return true;
        }

        var next = _path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(note.ToBytes());
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
        return true;
    }

    private FileStream? Lock()
    {
        var path = _path + ".lock";
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>Reads a note of this log.</summary>
    public bool TryOpen(ReadOnlySpan<byte> note, [NotNullWhen(true)] out Checkpoint? checkpoint, [NotNullWhen(false)] out Fault? fault)
    {
        checkpoint = _policy.TryOpen(note, out var trusted, out fault) ? trusted.Checkpoint : null;
        return checkpoint is not null;
    }
}
