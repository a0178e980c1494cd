using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;
using Label = Bailiwick.Residency.Label;

namespace Bailiwick.Silo.Sessions;

/// <summary>What a turn does with the store: it looks before it is admitted, begins, and ends.</summary>
internal interface ISessionStore
{
    /// <summary>Where what is kept lies, as a destination; null = this cluster keeps nothing, and every call is refused.</summary>
    Place? Place { get; }

    /// <summary>What a turn goes on with, before anything of it is read.</summary>
    /// <returns>Its label; one that is null where the turn stands alone.</returns>
    Task<Kept<SessionBefore>> BeforeAsync(Keeping keep, string tenant, CancellationToken cancellationToken);

    /// <summary>The turn that a key or an id names, opened for a reader whom policy lets read it.</summary>
    /// <param name="keep">With <see cref="Keeping.Idempotency"/>: by key. Otherwise by <see cref="Keeping.Id"/>.</param>
    /// <param name="reader">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A finding without a turn where a key names none; an id that names none is refused.</returns>
    Task<Kept<SessionFinding>> FindAsync(Keeping keep, SessionReader reader, CancellationToken cancellationToken);

    /// <summary>What comes before a call that keeps nothing, oldest first; every turn of it has an answer.</summary>
    /// <param name="admitted">The call, let in under the label of its history too.</param>
    /// <param name="recall">What it goes on with.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<Kept<IReadOnlyList<StoredTurn>>> HistoryAsync(Admitted<TextCall> admitted, Keeping recall, CancellationToken cancellationToken);

    /// <summary>Takes the lease, reads the history, and writes the turn down as running, all of it sealed.</summary>
    /// <param name="admitted">The request, let in to the store as to the shard.</param>
    /// <param name="begin">What is known of the turn.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Refused as busy where another turn of the conversation runs, or a request with the same key was first.</returns>
    Task<Kept<ISessionHold>> BeginAsync(Admitted<Submit> admitted, SessionBegin begin, CancellationToken cancellationToken);
}

/// <summary>A turn that was begun. Its lease is renewed until this is disposed.</summary>
internal interface ISessionHold : IAsyncDisposable
{
    /// <summary>Turns that come before, oldest first; all of them have an answer.</summary>
    IReadOnlyList<StoredTurn> History { get; }

    /// <summary>Cancelled once the turn is no longer this gateway's: cancelled or removed by somebody, or taken over.</summary>
    CancellationToken Lost { get; }

    /// <summary>Writes the end down.</summary>
    /// <returns>Null where it stands; otherwise nothing of it does.</returns>
    Task<Refusal?> EndAsync(SessionEnd end, CancellationToken cancellationToken);
}

/// <param name="Label">Of the conversation, or of the turn that comes before; null = none.</param>
internal sealed record SessionBefore(Label? Label);

/// <param name="Turn">Null: there is none.</param>
/// <param name="IsHeld">Whether a gateway that may be alive runs it.</param>
internal sealed record SessionFinding(StoredTurn? Turn, bool IsHeld);

/// <summary>A turn to begin.</summary>
/// <param name="Id">Under which it is kept.</param>
/// <param name="Keep">What the door said.</param>
/// <param name="Raise">Label fields that the request named.</param>
/// <param name="Owner">Credential.</param>
/// <param name="Model">name@digest.</param>
/// <param name="Turn">Id in the records.</param>
/// <param name="At">When it began.</param>
/// <param name="Before">What it was admitted beside (<see cref="SessionBefore"/>).</param>
internal sealed record SessionBegin(
    string Id, Keeping Keep, RequestedLabel? Raise, string Owner, string Model, string Turn, DateTimeOffset At, Label? Before);

/// <summary>How a turn ended.</summary>
/// <param name="State">Not running.</param>
/// <param name="Answer">With completed and incomplete.</param>
/// <param name="Code">Of the error table, where it failed.</param>
internal sealed record SessionEnd(TurnState State, KeptAnswer? Answer, string? Code);
