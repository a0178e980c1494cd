namespace Bailiwick.Silo.Sessions;

/// <summary>
/// Whose turn it is in a conversation, or for a kept turn that stands alone (key: the id of either). Knows ids and times, never payload:
/// texts go from the gateway to the tables, sealed, and so the grain may stand in any zone. Its word is a lease; the fence behind it is
/// the table's.
/// </summary>
[Alias("bailiwick.session")]
internal interface ISessionGrain : IGrainWithStringKey
{
    /// <summary>Asks for the lease.</summary>
    /// <param name="holder">Who asks (<see cref="TurnRow.Turn"/>).</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("begin")]
    Task<SessionGrant> BeginAsync(string holder, CancellationToken cancellationToken);

    /// <summary>Keeps the lease. False: it is somebody else's now, or was taken away; the turn must end.</summary>
    [Alias("renew")]
    Task<bool> RenewAsync(string holder, CancellationToken cancellationToken);

    /// <summary>Gives it back, or takes it away where the turn was cancelled or removed. Another holder's stays as it is.</summary>
    [Alias("end")]
    Task EndAsync(string holder, CancellationToken cancellationToken);

    /// <summary>Whether somebody holds it who may be alive.</summary>
    [Alias("is-held")]
    Task<bool> IsHeldAsync(string holder, CancellationToken cancellationToken);
}

/// <summary>An answer to a request for the lease. Values are on the wire: they only grow.</summary>
[GenerateSerializer, Alias("bailiwick.session-grant")]
internal enum SessionGrant
{
    Granted = 1,

    /// <summary>Another turn holds it.</summary>
    Busy = 2,

    /// <summary>Whether one does cannot be told now: the table is away.</summary>
    Unavailable = 3,
}
