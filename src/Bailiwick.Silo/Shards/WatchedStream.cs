using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Bailiwick.Silo.Shards;

/// <summary>
/// Reads a stream whose steps may be interrupted by a watchdog's signals, without allocating for a step. One reader; signals from any
/// thread.
/// </summary>
/// <remarks>A timer, a linked token or Task.WhenAny for each token would cost more than the token.</remarks>
internal sealed class WatchedStream<T> : IValueTaskSource<WaitEnd>, IAsyncDisposable
{
    private readonly IAsyncEnumerator<T> _source;
    private readonly Lock _gate = new();
    private readonly Action _arrived;
    private ManualResetValueTaskSourceCore<WaitEnd> _core;
    private ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter _step;
    private WaitEnd _kept;
    private bool _begun;
    private bool _hasArrived;
    private bool _waiting;

    public WatchedStream(IAsyncEnumerator<T> source) => (_source, _arrived) = (source, Arrived);

    /// <summary>Its reader waits: the stream is at fault for the time that passes, not the reader.</summary>
    public bool IsWaiting => Volatile.Read(ref _waiting);

    /// <summary>Valid after <see cref="Take"/> gave true.</summary>
    public T Current => _source.Current;

    /// <summary>Begins the next step. True: it is there, <see cref="Take"/> it. False: <see cref="WaitAsync"/> first.</summary>
    public bool TryStep()
    {
#pragma warning disable CA2012 // Kept, and consumed once: by Take.
        _step = _source.MoveNextAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        if (_step.IsCompleted)
        {
            return true;
        }

        _begun = true;
        _step.UnsafeOnCompleted(_arrived);
        return false;
    }

    /// <summary>Waits for the step that was begun: Arrived, once; before it any number of signals.</summary>
    public ValueTask<WaitEnd> WaitAsync()
    {
        lock (_gate)
        {
            if (_hasArrived)
            {
                (_hasArrived, _begun) = (false, false);
                return new ValueTask<WaitEnd>(WaitEnd.Arrived);
            }

            if (_kept != WaitEnd.None)
            {
                var kept = _kept;
                _kept = WaitEnd.None;
                return new ValueTask<WaitEnd>(kept);
            }

            _core.Reset();
            Volatile.Write(ref _waiting, true);
            return new ValueTask<WaitEnd>(this, _core.Version);
        }
    }

    /// <summary>The result of the step: whether there is an item. Throws what the stream threw.</summary>
    public bool Take() => _step.GetResult();

    /// <summary>Ends the wait; a signal other than Beat is kept for the next wait where nobody waits now.</summary>
    public void Signal(WaitEnd end)
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                _kept = end == WaitEnd.Beat ? _kept : end;
                return;
            }

            Volatile.Write(ref _waiting, false);
        }

        // Not on the watchdog's thread: the reader may be slow, and other streams are watched by it too.
        ThreadPool.UnsafeQueueUserWorkItem(
            static state => state.Stream._core.SetResult(state.End), (Stream: this, End: end), preferLocal: false);
    }

    /// <summary>Waits for a step that was begun (whoever disposes has told the stream to end), then disposes the stream.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_begun && await WaitAsync().ConfigureAwait(false) != WaitEnd.Arrived)
        {
        }

        await _source.DisposeAsync().ConfigureAwait(false);
    }

    WaitEnd IValueTaskSource<WaitEnd>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<WaitEnd>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<WaitEnd>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _core.OnCompleted(continuation, state, token, flags);

    private void Arrived()
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                _hasArrived = true;
                return;
            }

            Volatile.Write(ref _waiting, false);
            _begun = false;
        }

        _core.SetResult(WaitEnd.Arrived);
    }
}
