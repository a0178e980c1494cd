namespace Bailiwick.Silo.Shards;

/// <summary>Wakes a loop early: something changed. Changes between two waits are one.</summary>
internal sealed class Pulse(TimeProvider time)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();

    public void Set()
    {
        lock (_gate)
        {
            _changed.TrySetResult();
        }
    }

    /// <summary>Ends with the next change, one since the last wait included, or after the period.</summary>
    public async Task WaitAsync(TimeSpan period, CancellationToken cancellationToken)
    {
        Task changed;
        lock (_gate)
        {
            changed = _changed.Task;
        }

        // That nothing changes is the rule here: no exception says so.
        await changed.WaitAsync(period, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_changed.Task.IsCompleted)
            {
                _changed = NewSignal();
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
