namespace Bailiwick.Silo.Shards;

/// <summary>
/// Milliseconds as a watchdog counts them: it looks at every tick, and a tick that comes late counts as two at most. So a pause of
/// this process (a stop, a collection, a busy machine) is not taken for the silence of another one.
/// </summary>
internal sealed class StallClock(TimeProvider time, TimeSpan tick)
{
    private readonly double _most = 2 * tick.TotalMilliseconds;
    private long _last = time.GetTimestamp();
    private double _now;

    /// <summary>As of the last tick.</summary>
    public double Now => Volatile.Read(ref _now);

    /// <summary>Called by one thread at a time, once per tick.</summary>
    public double Advance()
    {
        var at = time.GetTimestamp();
        var passed = time.GetElapsedTime(_last, at).TotalMilliseconds;
        _last = at;
        Volatile.Write(ref _now, _now + Math.Min(passed, _most));
        return _now;
    }
}
