using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Turns;

/// <summary>How a turn ended: for the record, and for the caller. Pure.</summary>
/// <param name="Finish">For the record.</param>
/// <param name="Refusal">For the caller; null where the answer is whole.</param>
/// <param name="Whole">What the decoder said at the end of a whole answer; null otherwise.</param>
internal sealed record TurnEnd(Finish Finish, Refusal? Refusal, Finished? Whole)
{
    public static TurnEnd CallerLeft { get; } = new(Finish.Cancelled, new Refusal(Errors.Cancelled, "The caller left."), null);

    /// <summary>What is kept is no longer this turn's to write.</summary>
    public static TurnEnd TakenAway { get; } = new(Finish.Cancelled, Sessions.SessionRefusals.Lost, null);

    public static TurnEnd Unrecorded { get; } = Broken(NoRecord);

    /// <summary>No evidence can be written.</summary>
    public static Refusal NoRecord =>
        new(Errors.AuditUnavailable, "No evidence of this turn can be written now.") { RetryAfter = TimeSpan.FromSeconds(5) };

    public static TurnEnd Broken(Refusal refusal) => new(Finish.Error, refusal, null);

    /// <summary>What a decoder's last frame means.</summary>
    public static TurnEnd Of(Finished finished, TimeSpan? retryAfter) => finished.Reason switch
    {
        Finished.Types.Reason.Stop => new TurnEnd(Finish.Stop, null, finished),
        Finished.Types.Reason.Length => new TurnEnd(Finish.Length, null, finished),
        Finished.Types.Reason.ToolCalls => new TurnEnd(Finish.ToolCalls, null, finished),
        Finished.Types.Reason.Cancelled => CallerLeft,
        Finished.Types.Reason.Deadline =>
            new TurnEnd(Finish.Deadline, new Refusal(Errors.Deadline, "The time that the request allowed is over."), null),
        _ when finished.Problem is { } problem => Broken(Refusal.Of(problem.Code, problem.Sentence) with { RetryAfter = retryAfter }),
        _ => Broken(new Refusal(Errors.Internal, "The decoder ended the turn without a reason.")),
    };

    /// <summary>The event for the caller.</summary>
    /// <param name="started">Whether anything has left.</param>
    /// <param name="resumedAt">Tokens that the caller brought along.</param>
    /// <param name="receipt">Null where there is no record; a whole answer has one.</param>
    public TurnEvent ToEvent(bool started, int resumedAt, Protocol.Receipts.Receipt? receipt) => (Whole, Refusal) switch
    {
        ({ } whole, _) => new TurnEnded(
            Finish is Finish.Length, whole.Tail, whole.Stop.Length == 0 ? null : whole.Stop, whole.PromptTokens,
            whole.AnswerTokens - resumedAt, receipt!)
        {
            ToolCalls = Finish is Finish.ToolCalls,
            Calls = whole.Call,
        },
        (_, { } refusal) when started => new TurnFailed(refusal, receipt),
        (_, var refusal) => new TurnRefused(refusal!),
    };
}
