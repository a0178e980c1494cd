namespace Bailiwick.Silo.Turns;

/// <summary>What doors call. One implementation; tests of a door script another.</summary>
internal interface ITurns
{
    /// <summary>Runs one turn. Does not throw for what can be expected; leaving early or cancelling ends the turn within a step.</summary>
    IAsyncEnumerable<TurnEvent> RunAsync(TurnRequest request, Caller caller, CancellationToken cancellationToken);
}
