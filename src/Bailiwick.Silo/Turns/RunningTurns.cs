using System.Collections.Concurrent;
using Bailiwick.Residency;

namespace Bailiwick.Silo.Turns;

/// <summary>The kept turns that this gateway runs, by the ids under which they are kept.</summary>
internal sealed class RunningTurns
{
    private readonly ConcurrentDictionary<string, RunningTurn> _turns = new(StringComparer.Ordinal);

    public RunningTurn? Find(string id) => _turns.GetValueOrDefault(id);

    public RunningTurn Begin(string id, Label label) => _turns[id] = new RunningTurn(id, label);

    /// <summary>After its end stands in the store; another attempt of the same turn stays.</summary>
    /// <param name="turn">Which.</param>
    /// <param name="failed">See <see cref="RunningTurn.End"/>.</param>
    public void End(RunningTurn turn, TurnFailed? failed)
    {
        _turns.TryRemove(KeyValuePair.Create(turn.Id, turn));
        turn.End(failed);
    }
}
