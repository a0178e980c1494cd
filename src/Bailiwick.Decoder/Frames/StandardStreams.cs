using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.Decoder.Frames;

/// <summary>
/// Takes stdin and stdout away for frames: what a native library prints then goes to stderr, not between two frames, and
/// what it reads is empty.
/// </summary>
internal static partial class StandardStreams
{
    public static (Stream Input, Stream Output) Take()
    {
        var input = Duplicate(0);
        var output = Duplicate(1);
        using var nothing = File.OpenHandle("/dev/null");
        Replace(nothing.DangerousGetHandle().ToInt32(), 0);
        Replace(2, 1);
        return (new FileStream(input, FileAccess.Read, bufferSize: 0), new FileStream(output, FileAccess.Write, bufferSize: 0));
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

    private static IOException Failed(string call) => new($"{call} failed with errno {Marshal.GetLastPInvokeError()}.");

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int DuplicateOver(int from, int to);
}
