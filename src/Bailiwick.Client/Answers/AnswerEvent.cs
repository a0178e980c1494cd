using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Client;

/// <summary>
/// What an answer is made of: one <see cref="AnswerStarted"/>, then <see cref="AnswerDelta"/> and <see cref="AnswerResumed"/> in any
/// number, then one <see cref="AnswerEnded"/>. Immutable.
/// </summary>
public abstract record AnswerEvent;

/// <summary>The intent of the turn is durable and its first token is about to come.</summary>
/// <param name="Turn">Id of the turn in the records.</param>
/// <param name="Model">name@digest that answers.</param>
/// <param name="Seed">Seed of the draws, below 2^53; with it the same request gives the same answer.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
public sealed record AnswerStarted(string Turn, string Model, ulong Seed, int PromptTokens) : AnswerEvent;

/// <summary>One or more tokens.</summary>
/// <param name="Text">Whole characters; may be empty.</param>
/// <param name="Tokens">The tokens, with log-probabilities where they were asked for.</param>
public sealed record AnswerDelta(string Text, IReadOnlyList<Token> Tokens) : AnswerEvent
{
    /// <summary>What the tokens add to calls of functions; mostly empty.</summary>
    public IReadOnlyList<ToolCallPiece> Calls { get; init; } = [];
}

/// <summary>The connection was lost and the answer goes on elsewhere, after the last token that came: for displays and measurements.</summary>
/// <param name="Turn">Id of the new turn: it has its own records.</param>
/// <param name="Gateway">Which gateway it goes on at.</param>
/// <param name="TokensKept">Tokens that had come before.</param>
/// <param name="Gap">From the loss to this event.</param>
public sealed record AnswerResumed(string Turn, Uri Gateway, int TokensKept, TimeSpan Gap) : AnswerEvent;

/// <summary>The answer is whole.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="Text">Text that was held back for a stop string and belongs to the answer; usually empty.</param>
/// <param name="Answer">The whole answer, <paramref name="Text"/> included.</param>
/// <param name="LastTurnAnswer">
/// The part that the last turn gave, and that its record commits to: <paramref name="Answer"/> unless the answer was resumed; behind it
/// the canonical JSON of that turn's calls, where it has any.
/// </param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="AnswerTokens">Tokens of the answer.</param>
/// <param name="Stop">The stop string that matched; empty = none.</param>
/// <param name="Receipt">Receipt of the last turn; null where the connection broke after the last token.</param>
public sealed record AnswerEnded(
    FinishReason Reason, string Text, string Answer, string LastTurnAnswer, int PromptTokens, int AnswerTokens, string Stop, Receipt? Receipt)
    : AnswerEvent
{
    /// <summary>The calls of the answer, whole; empty where it called nothing. Their arguments may be cut where a limit ended it.</summary>
    public IReadOnlyList<ToolCall> Calls { get; init; } = [];
}
