using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Turns;

/// <summary>The way to a kept turn while some gateway runs it.</summary>
internal interface IFollowing
{
    /// <summary>Begins to follow. One reader.</summary>
    /// <param name="turn">Kept, and running.</param>
    /// <param name="reader">Whom policy lets read it.</param>
    ReadRunning Open(StoredTurn turn, SessionReader reader);
}

/// <summary>What the turn has told beyond what the reader has (<see cref="RunningTurn.ReadAsync"/>).</summary>
/// <returns>Null where no gateway says that it runs it, or policy does not let it come here: the store tells it when it has ended.</returns>
internal delegate Task<TurnSoFar?> ReadRunning(int from, CancellationToken cancellationToken);
