using System.Collections.Concurrent;
using Bailiwick.Residency;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// The kept turns that this gateway runs, by the ids under which they are kept. Where it stops, those that go on without a caller leave
/// after the drain, while the silo is still a member and leases can be given back: another gateway runs them for whoever asks.
/// </summary>
internal sealed class RunningTurns(TimeProvider time) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    /// <summary>How long turns may take to leave; what is left then is found lost, as at a gateway that was killed.</summary>
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, RunningTurn> _turns = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _leaving = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Cancelled when turns have to leave: what has no answer by then is not this gateway's to end.</summary>
    public CancellationToken Leaving => _leaving.Token;

    public RunningTurn? Find(string id) => _turns.GetValueOrDefault(id);

    public RunningTurn Begin(string id, Label label) => _turns[id] = new RunningTurn(id, label);

    /// <summary>After its end stands in the store, or its lease was given back; another attempt of the same turn stays.</summary>
    /// <param name="turn">Which.</param>
    /// <param name="failed">See <see cref="RunningTurn.End"/>.</param>
    public void End(RunningTurn turn, TurnFailed? failed)
    {
        _turns.TryRemove(KeyValuePair.Create(turn.Id, turn));
        turn.End(failed);
        TellWhenLeft();
    }

    // Stops after ShardsLife, whose drain lets turns come to their ends.
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(RunningTurns), ServiceLifecycleStage.Last - 1, static _ => Task.CompletedTask, LeaveAsync);

    /// <summary>Lets all turns leave, and waits for it.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await _leaving.CancelAsync();
        TellWhenLeft();
        await _left.Task.WaitAsync(LeaveLimit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _leaving.Dispose();

    private void TellWhenLeft()
    {
        if (_leaving.IsCancellationRequested && _turns.IsEmpty)
        {
            _left.TrySetResult();
        }
    }
}
