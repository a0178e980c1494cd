using System.Runtime.InteropServices;

namespace Bailiwick.Silo.Hosting;

/// <summary>A silo that crashes leaves no image of its memory: prompts and answers of running turns, and keys, are in it.</summary>
internal static partial class CoreDumps
{
    // Linux (asm-generic); the same on x86-64 and arm64.
    private const int ResourceCore = 4;
    private const int SetDumpable = 4;

    /// <summary>
    /// By size, and by the attribute that also holds where the kernel hands images to a program (core(5)). Children that are started
    /// later keep the limit, not the attribute.
    /// </summary>
    /// <returns>False where the system does not do it.</returns>
    public static bool Forbid()
    {
        var none = default(ResourceLimit);
        return SetLimit(ResourceCore, in none) == 0 && Control(SetDumpable, 0, 0, 0, 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
