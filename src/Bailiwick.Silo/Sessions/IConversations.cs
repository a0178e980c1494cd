using Bailiwick.Residency;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Sessions;

/// <summary>
/// What is kept, as doors show it. Everything is the tenant's: an id of another tenant is no id (404 conversation_not_found). What is
/// read goes to the reader, so policy decides for the label of what is kept joined with the reader's (403). Turns are written by
/// `ITurns` alone: a request says by its <see cref="Keeping"/> what is to be kept.
/// </summary>
internal interface IConversations
{
    /// <summary>Begins a conversation under the reader's label, raised as asked; its jurisdiction is fixed by that.</summary>
    Task<Kept<Conversation>> CreateAsync(NewConversation asked, SessionReader reader, CancellationToken cancellationToken);

    Task<Kept<Conversation>> FindAsync(string id, SessionReader reader, CancellationToken cancellationToken);

    /// <summary>Conversations of the reader's tenant that the reader may see, newest first.</summary>
    Task<Kept<IReadOnlyList<Conversation>>> ListAsync(SessionPage page, SessionReader reader, CancellationToken cancellationToken);

    /// <summary>Turns of a conversation that have an answer, in their order (or newest first); fewer than asked for where they are long.</summary>
    Task<Kept<TurnPage>> TurnsAsync(string conversation, SessionPage page, SessionReader reader, CancellationToken cancellationToken);

    /// <summary>One kept turn, whatever its state; turns that are kept for their idempotency key alone are found by their own credential only.</summary>
    /// <param name="id">`turn_…`, `resp_…`, or the id in the records (`t-…`).</param>
    /// <param name="reader">Who reads.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<Kept<StoredTurn>> TurnAsync(string id, SessionReader reader, CancellationToken cancellationToken);

    /// <summary>A running turn ends within a second, wherever it runs; one that has ended stays as it is.</summary>
    Task<Refusal?> CancelAsync(string turn, SessionReader reader, CancellationToken cancellationToken);

    /// <summary>
    /// Removes a conversation with its turns, or one turn: gone from the tables and from every reader when this ends. Leaves an
    /// `erasure` record with ids and numbers.
    /// </summary>
    /// <param name="id">`conv_…`, `turn_…` or `resp_…`.</param>
    /// <param name="ground">Legal ground or file reference, an id; <see cref="Erasure.ByCaller"/> where a caller deletes.</param>
    /// <param name="reader">Who removes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<Kept<Erasure>> EraseAsync(string id, string ground, SessionReader reader, CancellationToken cancellationToken);
}

/// <summary>What was asked for, or why it is not to be had; exactly one of the two.</summary>
internal readonly record struct Kept<T>(T? Value, Refusal? Refusal)
    where T : class
{
    public static implicit operator Kept<T>(T value) => new(value, null);

    public static implicit operator Kept<T>(Refusal refusal) => new(null, refusal);
}

/// <summary>A caller, as the store knows one.</summary>
/// <param name="KeyId">Credential.</param>
/// <param name="Label">Its label; the tenant is the reader's.</param>
/// <param name="Place">Where what is read goes; null = not known, which policy denies.</param>
internal sealed record SessionReader(string KeyId, Label Label, Place? Place);

/// <summary>A conversation to begin.</summary>
/// <param name="Raise">Label fields that the request names; null raises nothing.</param>
/// <param name="Metadata">At most 16 pairs of 1 to 64 and up to 512 characters; sealed.</param>
/// <param name="Key">Under which it may be asked for again: what was begun first is given; null = each time a new one.</param>
internal sealed record NewConversation(RequestedLabel? Raise, IReadOnlyDictionary<string, string> Metadata, IdempotencyKey? Key = null);

/// <summary>A piece of a list.</summary>
/// <param name="After">Id after which it begins; null = at the beginning.</param>
/// <param name="Limit">1 to 100.</param>
/// <param name="NewestFirst">Order of turns; conversations are always newest first.</param>
internal sealed record SessionPage(string? After, int Limit, bool NewestFirst = false);

/// <summary>A piece of a conversation.</summary>
/// <param name="Turns">None behind the last one.</param>
/// <param name="HasMore">Whether there are more, or may be: the page was cut where its turns came to be too long.</param>
internal sealed record TurnPage(IReadOnlyList<StoredTurn> Turns, bool HasMore);

/// <summary>What was removed.</summary>
/// <param name="Turns">Turns whose text is gone.</param>
internal sealed record Erasure(int Turns)
{
    /// <summary>Ground of a caller's own deletion.</summary>
    public const string ByCaller = "caller";
}
