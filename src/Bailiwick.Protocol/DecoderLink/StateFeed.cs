using System.Runtime.CompilerServices;

namespace Bailiwick.Protocol.Decoder;

/// <summary>The current state and the wait for the next one. Thread-safe; a slow observer skips states, never the last.</summary>
internal sealed class StateFeed(DecoderState initial)
{
    private readonly Lock _gate = new();
    private DecoderState _current = initial;
    private TaskCompletionSource _changed = NewSignal();

    public DecoderState Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Applies a change unless the feed has reached a final state.</summary>
    public DecoderState Change(Func<DecoderState, DecoderState> change)
    {
        TaskCompletionSource changed;
        DecoderState state;
        lock (_gate)
        {
            if (_current.IsFinal)
            {
                return _current;
            }

            state = _current = change(_current);
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
        return state;
    }

    public async IAsyncEnumerable<DecoderState> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DecoderState? seen = null;
        while (seen is not { IsFinal: true })
        {
            DecoderState state;
            Task changed;
            lock (_gate)
            {
                (state, changed) = (_current, _changed.Task);
            }

            if (ReferenceEquals(state, seen))
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            yield return seen = state;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
