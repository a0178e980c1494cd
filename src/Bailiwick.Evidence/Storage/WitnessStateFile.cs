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
        var bytes = File.ReadAllBytes(path);
        if (WitnessState.TryParse(bytes, out state, out fault))
        {
            return true;
        }

        fault = fault.In(path);
        return false;
    }

    /// <summary>Writes a state file in one step: the old one or the new one is there, never half of one.</summary>
    public static void Write(string path, WitnessState state)
    {
        var next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(state.ToBytes());
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
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
        using var held = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
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
}
