using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.Decoder.Frames;

/// <summary>
/// Takes stdin and stdout away for frames: what a native library prints then goes to stderr, not between two frames, and
/// what it reads is empty.
/// </summary>
internal static partial class StandardStreams
{
    /// <returns>The streams, and whether PIPE_BUF bytes can be written without blocking (poll(2), pipe(7)).</returns>
    public static (Stream Input, Stream Output, Func<bool> IsWritable) Take()
    {
        var input = Duplicate(0);
        var output = Duplicate(1);
        using var nothing = File.OpenHandle("/dev/null");
        Replace(nothing.DangerousGetHandle().ToInt32(), 0);
        Replace(2, 1);
        return (
            new FileStream(input, FileAccess.Read, bufferSize: 0),
            new FileStream(output, FileAccess.Write, bufferSize: 0),
            () => IsWritable(output));
    }

    private static SafeFileHandle Duplicate(int descriptor)
    {
        const int duplicateCloseOnExec = 1030;
        var copy = Control(descriptor, duplicateCloseOnExec, 3);
        return copy >= 0 ? new SafeFileHandle(copy, ownsHandle: true) : throw Failed("fcntl");
    }

    private static void Replace(int from, int to)
    {
        if (DuplicateOver(from, to) < 0)
        {
            throw Failed("dup2");
        }
    }

    // Asked by the one who writes, hence while the handle is open.
    private static bool IsWritable(SafeFileHandle output)
    {
        const short writable = 4;
        var request = new PollRequest { Descriptor = output.DangerousGetHandle().ToInt32(), Events = writable };
        return !output.IsClosed && Poll(ref request, 1, 0) == 1 && request.Returned == writable;
    }

    private static IOException Failed(string call) => new($"{call} failed with errno {Marshal.GetLastPInvokeError()}.");

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int DuplicateOver(int from, int to);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollRequest request, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
