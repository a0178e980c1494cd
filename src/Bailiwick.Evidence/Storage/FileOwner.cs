using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.Evidence.Storage;

/// <summary>Who owns an open file: the one thing about files that .NET does not tell. Linux only (statx, one layout everywhere).</summary>
[SupportedOSPlatform("linux")]
internal static partial class FileOwner
{
    private const int EmptyPath = 0x1000;
    private const uint WantUid = 0x8;
    private const int BufferLength = 256;
    private const int UidOffset = 20;

    /// <summary>True if the open file belongs to the user that this process runs as.</summary>
    /// <exception cref="IOException">The system does not say.</exception>
    public static bool IsOurs(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[BufferLength];
        return StatX(file, "", EmptyPath, WantUid, ref MemoryMarshal.GetReference(status)) == 0
            ? BitConverter.ToUInt32(status[UidOffset..]) == GetEffectiveUserId()
            : throw new IOException("The owner of a key file could not be found out.");
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(SafeFileHandle folder, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
