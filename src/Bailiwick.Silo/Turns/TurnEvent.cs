using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// What a door writes out. A turn is Refused alone, or Started, Tokens*, and then Ended or Failed; always one of the last three ends
/// it, except where the caller left.
/// </summary>
internal abstract record TurnEvent;

/// <summary>Nothing has left and nothing will.</summary>
internal sealed record TurnRefused(Refusal Refusal) : TurnEvent;

/// <summary>The intent is durable and the first token is about to leave.</summary>
/// <param name="Turn">Id of the turn.</param>
/// <param name="Model">Name of the model, resolved.</param>
/// <param name="Build">Tree digest of the build that answers.</param>
/// <param name="Seed">Below 2^53.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="At">When the turn began.</param>
internal sealed record TurnStarted(string Turn, string Model, string Build, long Seed, int PromptTokens, DateTimeOffset At) : TurnEvent
{
    /// <summary>Id under which it is kept, of a request that was sent again that of the first sending; null = it is not kept.</summary>
    public string? Kept { get; init; }
}

/// <summary>One or more tokens, in order. Valid until the next event is asked for.</summary>
internal sealed record TurnTokens(IReadOnlyList<DecodedToken> Tokens) : TurnEvent;

/// <summary>The answer is whole.</summary>
/// <param name="Length">True where a limit ended it, false where the model or a stop string did.</param>
/// <param name="Tail">Text that was held back for a stop string and may leave now.</param>
/// <param name="Stop">The stop string that matched; null = none.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="AnswerTokens">Tokens of the answer.</param>
/// <param name="Receipt">Of the finished turn; its outcome is absent where even the spool could not be written.</param>
internal sealed record TurnEnded(bool Length, string Tail, string? Stop, int PromptTokens, int AnswerTokens, Receipt Receipt) : TurnEvent
{
    /// <summary>The model ended its answer in order to get the results of its calls. Never with <see cref="Length"/>.</summary>
    public bool ToolCalls { get; init; }

    /// <summary>Pieces of calls that were held back, after those of the tokens; usually empty.</summary>
    public IReadOnlyList<ToolCallPiece> Calls { get; init; } = [];
}

/// <summary>The stream broke after it began: an error event, then the connection is aborted.</summary>
/// <param name="Refusal">What happened.</param>
/// <param name="Receipt">Of what did leave; null where its outcome is not durable.</param>
internal sealed record TurnFailed(Refusal Refusal, Receipt? Receipt) : TurnEvent;
