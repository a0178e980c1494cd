using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.Evidence.Storage;

/// <summary>What .NET does not tell or do about files. Linux only (statx has one layout on every machine).</summary>
[SupportedOSPlatform("linux")]
internal static partial class LinuxFile
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint WantType = 0x1;
    private const uint WantUid = 0x8;
    private const int BufferLength = 256;
    private const int UidOffset = 20;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int Plain = 0x8000;
    private const int CloseOnExec = 0x80000;

    /// <summary>True if the open file belongs to the user that this process runs as.</summary>
    /// <exception cref="IOException">The system does not say.</exception>
    public static bool IsOurs(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[BufferLength];
        return StatX(file, "", EmptyPath, WantUid, ref MemoryMarshal.GetReference(status)) == 0
            ? BitConverter.ToUInt32(status[UidOffset..]) == GetEffectiveUserId()
            : throw new IOException("The owner of a key file could not be found out.");
    }

    /// <summary>True if a file of bytes lies there: no link, folder, device or pipe (opening a pipe waits for a writer, for ever).</summary>
    public static bool IsPlain(string path)
    {
        Span<byte> status = stackalloc byte[BufferLength];
        return StatX(CurrentFolder, path, NoFollow, WantType, ref MemoryMarshal.GetReference(status)) == 0
            && (BitConverter.ToUInt16(status[ModeOffset..]) & TypeMask) == Plain;
    }

    /// <summary>Makes a new name in a folder last: without it a file that was renamed can have its old name after a power cut.</summary>
    /// <exception cref="IOException">The folder cannot be written to the disk.</exception>
    public static void FlushFolder(string path)
    {
        using var folder = Open(path, CloseOnExec);
        if (folder.IsInvalid || Sync(folder) != 0)
        {
            throw new IOException($"The folder {path} could not be written to the disk.");
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(SafeFileHandle folder, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(int folder, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
