namespace Bailiwick.Silo.Shards;

/// <summary>
/// Whether a decoder still gives signs of life. Its loop may be busy for seconds, and the link then waits for it; its heartbeat has a
/// thread of its own, so that its silence means a process that stands still. Pure; looked at by one thread at a time.
/// </summary>
internal sealed class DecoderPulse
{
    /// <summary>Three heartbeats, as between silos.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(750);

    private object? _ready;
    private object? _beat;
    private double _heardAt;
    private volatile bool _silent;

    public bool IsSilent => _silent;

    /// <param name="ready">What the decoder said when it became ready; null while it has not.</param>
    /// <param name="beat">Its latest heartbeat; each is another object.</param>
    /// <param name="now">Milliseconds of a <see cref="StallClock"/>.</param>
    /// <returns>True where <see cref="IsSilent"/> has changed.</returns>
    public bool Look(object? ready, object? beat, double now)
    {
        var before = _silent;
        if (ready is null || !ReferenceEquals(ready, _ready) || !ReferenceEquals(beat, _beat))
        {
            (_ready, _beat, _heardAt, _silent) = (ready, beat, now, false);
        }
        else
        {
            _silent = now - _heardAt > Limit.TotalMilliseconds;
        }

        return _silent != before;
    }
}
