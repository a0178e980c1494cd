using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Protocol.Stored.V1;
using Bailiwick.Residency;

namespace Bailiwick.Silo.Sessions;

/// <summary>How far a kept turn is. Names stand in the table: they only grow.</summary>
internal enum TurnState
{
    /// <summary>A gateway holds its lease; without one it is lost, and may be run again.</summary>
    Running,

    /// <summary>The model or a stop string ended it.</summary>
    Completed,

    /// <summary>A limit ended it. Belongs to the history like a completed one.</summary>
    Incomplete,

    /// <summary>No answer; the code says why.</summary>
    Failed,

    /// <summary>Its caller left, or somebody cancelled it. No answer.</summary>
    Cancelled,
}

/// <summary>A conversation, without what was said.</summary>
/// <param name="Id">`conv_…`.</param>
/// <param name="Owner">Credential that began it.</param>
/// <param name="Label">Jurisdiction, purpose and tenant for ever; the class has risen to the highest of its turns.</param>
/// <param name="Metadata">The caller's own words about it; empty = none.</param>
/// <param name="Created">When it was begun.</param>
internal sealed record Conversation(
    string Id, string Owner, Label Label, IReadOnlyDictionary<string, string> Metadata, DateTimeOffset Created);

/// <summary>A kept turn, opened. Payload: never logged.</summary>
internal sealed record StoredTurn
{
    public required string Id { get; init; }

    /// <summary>Null: it stands alone.</summary>
    public string? Conversation { get; init; }

    /// <summary>Turn whose history came first; null = none, or it is the conversation's order that says so.</summary>
    public string? Previous { get; init; }

    /// <summary>Credential that asked.</summary>
    public required string Owner { get; init; }

    public required TurnState State { get; init; }

    /// <summary>Joined label that it worked under: the table's, and not below what its sealed values say.</summary>
    public required Label Label { get; init; }

    /// <summary>name@digest.</summary>
    public required string Model { get; init; }

    public required long Seed { get; init; }

    /// <summary>Id in the records (`t-…`) of the attempt that runs or that gave the answer.</summary>
    public required string Turn { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Null while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Code of the error table; null where it did not fail.</summary>
    public string? Code { get; init; }

    /// <summary>How often it was begun: a turn whose gateway was lost is run again.</summary>
    public required int Attempt { get; init; }

    /// <summary>The request, whole enough to be run again.</summary>
    public required StoredRequest Asked { get; init; }

    /// <summary>New messages of the request (<see cref="Keeping.Messages"/>).</summary>
    public ReadOnlyMemory<byte> Messages => Asked.Messages.Memory;

    /// <summary>The door's own form of the request (<see cref="Keeping.Request"/>).</summary>
    public ReadOnlyMemory<byte> Request => Asked.Request.Memory;

    /// <summary>Null unless completed or incomplete.</summary>
    public KeptAnswer? Answer { get; init; }
}

/// <summary>An answer with its tokens, so that each of its events can be told again.</summary>
/// <param name="Tokens">In order; one event each.</param>
/// <param name="Length">True where a limit ended it.</param>
/// <param name="Tail">Text after the last token.</param>
/// <param name="Stop">The stop string that matched; null = none.</param>
/// <param name="PromptTokens">Tokens of the prompt, history included.</param>
/// <param name="At">When the attempt began that gave it: the time that the first caller was told.</param>
/// <param name="Receipt">Of the attempt that gave it.</param>
internal sealed record KeptAnswer(
    IReadOnlyList<DecodedToken> Tokens, bool Length, string Tail, string? Stop, int PromptTokens, DateTimeOffset At, Receipt Receipt)
{
    /// <summary>The model waits for the results of its calls.</summary>
    public bool ToolCalls { get; init; }

    /// <summary>Pieces of calls after those of the tokens.</summary>
    public IReadOnlyList<ToolCallPiece> Calls { get; init; } = [];

    /// <summary>The content.</summary>
    public string Text => string.Concat(Tokens.Select(token => token.Text).Append(Tail));
}
