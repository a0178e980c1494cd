namespace Bailiwick.Silo.Turns;

/// <summary>What doors call for an answer that is kept.</summary>
internal interface IKeptTurns
{
    /// <summary>
    /// All events of a kept turn from its beginning, one per token and equal each time, so that a reader skips what it has: told from
    /// the store where it has ended, as it goes on where a gateway runs it; run again, as a turn with records of its own, where its gateway
    /// is lost. Leaving early ends what it runs itself, nothing else. A reader who is revoked, or whom policy lets read no more, gets no
    /// further one.
    /// </summary>
    /// <param name="kept">`turn_…` or `resp_…`.</param>
    /// <param name="caller">Who follows; its tenant's turns only.</param>
    /// <param name="cancellationToken">Leaves.</param>
    IAsyncEnumerable<TurnEvent> FollowAsync(string kept, Caller caller, CancellationToken cancellationToken);
}
