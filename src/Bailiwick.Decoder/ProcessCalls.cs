using System.Runtime.InteropServices;

namespace Bailiwick.Decoder;

/// <summary>What the sandbox asks of libc. Numbers are Linux's (asm-generic), the same on x86-64 and arm64.</summary>
internal static partial class ProcessCalls
{
    private const int SetParentDeathSignal = 1;
    private const int SetDumpable = 4;
    private const int GetDumpable = 3;
    private const int SetNoNewPrivileges = 38;
    private const int SigKill = 9;
    private const int ResourceCore = 4;
    private const int SolSocket = 1;
    private const int SoDomain = 39;
    private const int Inet = 2;
    private const int Inet6 = 10;

    public static bool DisableCoreDumps()
    {
        var none = default(ResourceLimit);
        return SetLimit(ResourceCore, in none) == 0
            && Control(SetDumpable, 0, 0, 0, 0) == 0
            && Control(GetDumpable, 0, 0, 0, 0) == 0;
    }

    // Should the parent have died already, its end of stdin is closed, which ends us as well.
    public static void DieWithParent() => Require(Control(SetParentDeathSignal, SigKill, 0, 0, 0), "PR_SET_PDEATHSIG");

    public static void ForbidNewPrivileges() => Require(Control(SetNoNewPrivileges, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");

    // The real environment: .NET's own copy may differ from what native libraries read.
    public static string? Environment(string name) => Marshal.PtrToStringUTF8(GetEnvironment(name));

    public static bool IsInternetSocket(int descriptor)
    {
        var length = sizeof(int);
        return GetSocketOption(descriptor, SolSocket, SoDomain, out var domain, ref length) == 0 && domain is Inet or Inet6;
    }

    /// <summary>Ends the process where it stands: no handler, no destructor, no other thread goes on.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void EndNow(int code);

    private static void Require(int result, string what)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"{what} failed with errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetSocketOption(int descriptor, int level, int option, out int value, ref int length);

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnvironment(string name);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
