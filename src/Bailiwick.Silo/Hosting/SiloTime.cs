namespace Bailiwick.Silo.Hosting;

/// <summary>
/// The system's time, with one beat for its periodic timers: those whose period is a small multiple of <see cref="Beat"/> fire on it, all
/// that are due together, for the first time within a period. A timer of its own for each wakes the runtime's timer thread and two workers
/// every time, which was most of what an idle silo costs. Like any timer's, their callbacks must not block.
/// </summary>
/// <param name="timers">Whose timers these are made of; the time itself is the system's.</param>
internal sealed class SiloTime(TimeProvider timers) : TimeProvider
{
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(125);

    /// <summary>What fires seldom costs little, and there may be one per stream.</summary>
    private const int MostBeats = 16;

    private readonly Lock _gate = new();
    private readonly Lock _beating = new();
    private readonly TimeProvider _timers = timers;
    private BeatTimer[] _onBeat = [];
    private ITimer? _beat;
    private long _beats;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var (beats, rest) = Math.DivRem(period.Ticks, Beat.Ticks);
        if (dueTime != period || rest != 0 || beats is < 1 or > MostBeats)
        {
            return _timers.CreateTimer(callback, state, dueTime, period);
        }

        var timer = new BeatTimer(this, callback, state, beats);
        lock (_gate)
        {
            _onBeat = [.. _onBeat, timer];
            _beat ??= _timers.CreateTimer(_ => OnBeat(), null, Beat, Beat);
        }

        return timer;
    }

    /// <summary>Beats that overlap are one.</summary>
    private void OnBeat()
    {
        if (!_beating.TryEnter())
        {
            return;
        }

        try
        {
            _beats++;
            foreach (var timer in Volatile.Read(ref _onBeat))
            {
                if (_beats % timer.Beats == 0)
                {
                    timer.Fire();
                }
            }
        }
        finally
        {
            _beating.Exit();
        }
    }

    private void Remove(BeatTimer timer)
    {
        lock (_gate)
        {
            _onBeat = [.. _onBeat.Where(other => other != timer)];
        }
    }

    private sealed class BeatTimer(SiloTime time, TimerCallback callback, object? state, long beats) : ITimer
    {
        private ITimer? _own;
        private volatile bool _left;

        public long Beats { get; } = beats;

        public void Fire()
        {
            if (!_left)
            {
                callback(state);
            }
        }

        /// <summary>Whoever changes it gets a timer of its own.</summary>
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Leave();
            return (_own ??= time._timers.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan)).Change(dueTime, period);
        }

        public void Dispose()
        {
            Leave();
            _own?.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Leave()
        {
            _left = true;
            time.Remove(this);
        }
    }
}
