namespace Bailiwick.Benchmarks.Doors;

/// <summary>
/// What it costs to wake a sleeping thread of a machine that has nothing else to do: the unit in which a token's way is paid at one
/// stream, where every thread on it sleeps between two tokens. A few microseconds on bare metal, tens of them in a virtual machine.
/// </summary>
internal static class ThreadChange
{
    /// <summary>Roughly the pause between two tokens.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private const int Rounds = 300;

    /// <summary>In each round one thread wakes by its timer, wakes another one, and is woken by that.</summary>
    private const int WakesOfRound = 3;

    /// <summary>Microseconds of this process's CPU time for one.</summary>
    public static double Measure()
    {
        using AutoResetEvent pause = new(false), there = new(false), back = new(false);
        var other = new Thread(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                there.WaitOne();
                back.Set();
            }
        });
        other.Start();
        var before = CpuClock.Seconds(Environment.ProcessId);
        for (var round = 0; round < Rounds; round++)
        {
            // Nobody sets it: its time runs out.
            pause.WaitOne(Pause);
            there.Set();
            back.WaitOne();
        }

        var spent = CpuClock.Seconds(Environment.ProcessId) - before;
        other.Join();
        return spent / (Rounds * WakesOfRound) * 1e6;
    }
}
