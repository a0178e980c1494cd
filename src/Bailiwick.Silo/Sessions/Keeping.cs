using System.Security.Cryptography;
using System.Text;

namespace Bailiwick.Silo.Sessions;

/// <summary>
/// What is to be kept of a turn, and what it goes on with. A door puts it into its request; a turn without one never touches the store.
/// A kept turn's payload reaches the session store, so policy must allow that destination for the joined label.
/// </summary>
internal sealed record Keeping
{
    /// <summary>Conversation (`conv_…`) that the turn goes on with and is appended to; null = none. It is kept with it, <see cref="Store"/> or not.</summary>
    public string? Conversation { get; init; }

    /// <summary>Kept turn whose history and answer come first (OpenAI: previous_response_id); null = none. Not beside <see cref="Conversation"/>.</summary>
    public string? Previous { get; init; }

    /// <summary>Kept for its tenant to read, until it is deleted or its time is over.</summary>
    public bool Store { get; init; }

    /// <summary>Id under which it is kept: <see cref="SessionIds"/>. Null = `turn_…`, made by the gateway.</summary>
    public string? Id { get; init; }

    /// <summary>Messages before the history that are not kept (instructions of this turn): canonical JSON array, or empty.</summary>
    public ReadOnlyMemory<byte> Lead { get; init; }

    /// <summary>
    /// New messages, canonical JSON array in the form of the template: kept, and recalled by later turns. The decoder gets lead, history
    /// and these as one list, to which the record commits; so `Submit.Chat.MessagesJson` and `TurnRequest.Prompt` may be empty. Empty
    /// for a completion, which has no history.
    /// </summary>
    public ReadOnlyMemory<byte> Messages { get; init; }

    /// <summary>Whatever the door needs to show the request again: JSON of its own form, sealed like the messages. May be empty.</summary>
    public ReadOnlyMemory<byte> Request { get; init; }

    /// <summary>Null: the request named no key.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>Set by Turns alone: above 1, a turn that is kept already is run again.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Its tenant may read it; otherwise only whoever sends its idempotency key again.</summary>
    public bool IsVisible => Store || Conversation is not null;
}

/// <summary>
/// A caller's name for a request that it may send again (draft-ietf-httpapi-idempotency-key-header): the same key with the same body is
/// the same answer and one intent; with another body it is refused. Bound to tenant and credential; holds for a day.
/// </summary>
/// <param name="Key">1 to 255 visible ASCII characters.</param>
/// <param name="Digest">SHA-256 over door and body, without what differs between two sendings of one request. Kept sealed.</param>
internal sealed record IdempotencyKey(string Key, ReadOnlyMemory<byte> Digest)
{
    private const int Longest = 255;

    /// <summary>How long a key names its request.</summary>
    public static TimeSpan Life { get; } = TimeSpan.FromHours(24);

    public static bool IsKey(string text) => text.Length is > 0 and <= Longest && text.All(character => character is > ' ' and <= '~');

    /// <summary>What the table holds in the key's place: the key itself is the caller's text.</summary>
    public byte[] Name(string tenant, string owner) => SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}\0{owner}\0{Key}"));
}
