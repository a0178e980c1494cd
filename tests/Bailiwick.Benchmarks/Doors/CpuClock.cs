using System.Runtime.InteropServices;

namespace Bailiwick.Benchmarks.Doors;

/// <summary>
/// CPU time of a process with all its threads, ended ones too, to the nanosecond: what /proc/PID/stat has in hundredths of a second.
/// </summary>
internal static partial class CpuClock
{
    // clock_getcpuclockid(3): the process's id and the kind "scheduled".
    private const int Scheduled = 2;

    /// <summary>Seconds since its start.</summary>
    /// <exception cref="InvalidOperationException">There is no such process.</exception>
    public static double Seconds(int pid) => GetTime((~pid << 3) | Scheduled, out var time) == 0
        ? time.Seconds + (time.Nanoseconds / 1e9)
        : throw new InvalidOperationException($"process {pid} has no CPU clock: it has ended");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
