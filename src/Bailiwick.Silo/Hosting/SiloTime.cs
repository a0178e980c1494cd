namespace Bailiwick.Silo.Hosting;

/// <summary>
/// The system's time, with one beat for its periodic timers: those whose period is a small multiple of <see cref="Beat"/> fire on it, all
/// that are due together, for the first time within a period. A timer of its own for each wakes the runtime's timer thread and two workers
/// every time, which was most of what an idle silo costs. Like any timer's, their callbacks must not block; one that does misses beats
/// itself, and those behind it in its beat are late once.
/// </summary>
/// <param name="timers">Whose timers these are made of; the time itself is the system's.</param>
internal sealed class SiloTime(TimeProvider timers) : TimeProvider
{
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(125);

    /// <summary>What fires seldom costs little, and there may be one per stream.</summary>
    private const int MostBeats = 16;

    private readonly Lock _gate = new();
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

    private void OnBeat()
    {
        var beat = Interlocked.Increment(ref _beats);
        foreach (var timer in Volatile.Read(ref _onBeat))
        {
            if (beat % timer.Beats == 0)
            {
                timer.Fire();
            }
        }
    }

    private sealed class BeatTimer(SiloTime time, TimerCallback callback, object? state, long beats) : ITimer
    {
        private ITimer? _own;
        private bool _isDisposed;
        private volatile bool _left;
        private int _firing;

        public long Beats { get; } = beats;

        /// <summary>Once at a time: beats overlap where a callback takes longer than one.</summary>
        public void Fire()
        {
            if (_left || Interlocked.Exchange(ref _firing, 1) != 0)
            {
                return;
            }

            try
            {
                callback(state);
            }
            finally
            {
                Volatile.Write(ref _firing, 0);
            }
        }

        /// <summary>Whoever changes it gets a timer of its own.</summary>
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                Leave();
                return !_isDisposed
                    && (_own ??= time._timers.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan)).Change(dueTime, period);
            }
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                Leave();
                _isDisposed = true;
                _own?.Dispose();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Leave()
        {
            _left = true;
            time._onBeat = [.. time._onBeat.Where(other => other != this)];
        }
    }
}
