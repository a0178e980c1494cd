using System.Diagnostics.CodeAnalysis;

namespace Bailiwick.Evidence.Storage;

/// <summary>
/// The state of a witness on disk. One exchange at a time (a lock file beside it), and the new state is on the disk
/// before the answer exists: a witness that lost its memory could cosign two histories.
/// </summary>
public static class WitnessStateFile
{
    /// <summary>Reads a state file.</summary>
    /// <exception cref="IOException">It is absent or cannot be read.</exception>
    public static bool TryRead(
        string path, [NotNullWhen(true)] out WitnessState? state, [NotNullWhen(false)] out Fault? fault)
    {
        using var file = File.OpenRead(path);
        var bytes = new byte[WitnessState.MaxBytes + 1];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (WitnessState.TryParse(bytes.AsSpan(0, length), out state, out fault))
        {
            return true;
        }

        fault = fault.In(path);
        return false;
    }

    /// <summary>Watches the logs of some more keys, and makes the file if it is absent.</summary>
    /// <exception cref="IOException">The state cannot be read or kept, or an exchange holds it.</exception>
    public static bool TryWatch(
        string path,
        IEnumerable<VerifierKey> keys,
        [NotNullWhen(true)] out WitnessState? state,
        [NotNullWhen(false)] out Fault? fault)
    {
        // Between reading and writing no exchange may move the head: it would be forgotten again.
        using var held = Hold(path);
        (state, fault) = (WitnessState.Empty, null);
        if (File.Exists(path) && !TryRead(path, out state, out fault))
        {
            return false;
        }

        state = keys.Aggregate(state, (known, key) => known.WithKey(key));
        Write(path, state);
        return true;
    }

    /// <summary>Writes a state file in one step: the old one or the new one is there, never half of one, power cuts included.</summary>
    internal static void Write(string path, WitnessState state)
    {
        var next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(state.ToBytes());
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
        if (OperatingSystem.IsLinux())
        {
            LinuxFile.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
    }

    /// <summary>Answers one request and keeps what it changed.</summary>
    /// <exception cref="IOException">The state cannot be read or kept, or another exchange holds it: no answer was given.</exception>
    public static bool TryExchange(
        string path,
        ReadOnlySpan<byte> request,
        IReadOnlyList<ICheckpointSigner> signers,
        TimeProvider clock,
        [NotNullWhen(true)] out WitnessAnswer? answer,
        [NotNullWhen(false)] out Fault? fault)
    {
        answer = null;
        using var held = Hold(path);
        if (!TryRead(path, out var state, out fault))
        {
            return false;
        }

        var (given, next) = Witness.Exchange(state, request, signers, clock.GetUtcNow());
        if (!ReferenceEquals(state, next))
        {
            Write(path, next);
        }

        answer = given;
        return true;
    }

    private static FileStream Hold(string path) => new(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
}
