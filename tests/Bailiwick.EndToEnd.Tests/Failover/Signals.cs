using System.Globalization;
using System.Runtime.InteropServices;
using Bailiwick.EndToEnd.Tests.Silo;

namespace Bailiwick.EndToEnd.Tests.Failover;

/// <summary>Signals to processes that these tests have started.</summary>
internal static partial class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>True where the process was there.</summary>
    public static bool Send(int process, int signal) => kill(process, signal) == 0;

    /// <summary>Ids of a process's children.</summary>
    public static async Task<IReadOnlyList<int>> ChildrenAsync(int process)
    {
        var (_, output, _) = await Executable.RunAsync("pgrep", "-P", process.ToString(CultureInfo.InvariantCulture));
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int process, int signal);
}
