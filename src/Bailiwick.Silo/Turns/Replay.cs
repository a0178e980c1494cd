using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Turns;

/// <summary>The events of a kept turn, told again. Pure.</summary>
internal static class Replay
{
    /// <param name="turn">Has ended.</param>
    /// <param name="had">Tokens that the caller has already.</param>
    public static IEnumerable<TurnEvent> Of(StoredTurn turn, IReadOnlyList<int> had)
    {
        if (turn.Answer is not { } answer)
        {
            yield return new TurnRefused(Refused(turn));
            yield break;
        }

        yield return Started(turn, answer.PromptTokens, answer.At);
        if (!answer.Tokens.Take(had.Count).Select(token => token.Id).SequenceEqual(had))
        {
            yield return new TurnFailed(Diverged, answer.Receipt);
            yield break;
        }

        foreach (var token in answer.Tokens.Skip(had.Count))
        {
            yield return new TurnTokens([token]);
        }

        yield return new TurnEnded(answer.Length, answer.Tail, answer.Stop, answer.PromptTokens, answer.Tokens.Count, answer.Receipt)
        {
            ToolCalls = answer.ToolCalls,
            Calls = answer.Calls,
        };
    }

    /// <summary>What a caller who comes back gets of some tokens of an answer.</summary>
    /// <param name="tokens">Some of them, in order.</param>
    /// <param name="at">How many came before these.</param>
    /// <param name="had">Ids of those that the caller has.</param>
    /// <returns>Null where the caller has other ones: <see cref="Diverged"/>.</returns>
    public static IReadOnlyList<DecodedToken>? Rest(IReadOnlyList<DecodedToken> tokens, int at, IReadOnlyList<int> had)
    {
        var known = Math.Clamp(had.Count - at, 0, tokens.Count);
        return known == 0 ? tokens
            : tokens.Take(known).Select(token => token.Id).SequenceEqual(had.Skip(at).Take(known)) ? [.. tokens.Skip(known)]
            : null;
    }

    /// <summary>How a kept turn begins, whoever runs it.</summary>
    public static TurnStarted Started(StoredTurn turn, int promptTokens, DateTimeOffset at)
    {
        var (name, build) = turn.Model.Split('@', 2) is [var first, var second] ? (first, second) : (turn.Model, "");
        return new TurnStarted(turn.Turn, name, build, turn.Seed, promptTokens, at) { Kept = turn.Id };
    }

    /// <summary>A caller comes back with tokens of another answer.</summary>
    public static Refusal Diverged { get; } = new(Errors.Invalid, "The tokens of the field resume are not those of this answer.") { Field = "resume.token" };

    /// <summary>The request of a kept turn, to be run once more: the same seed, the same build, the same words.</summary>
    public static TurnRequest Again(StoredTurn turn, IdempotencyKey? key, IReadOnlyList<int> had)
    {
        var asked = turn.Asked;
        var submit = asked.Submit.Clone();
        submit.Sampling ??= new();
        submit.Sampling.Seed = (ulong)turn.Seed;
        submit.Emitted.AddRange(had);
        return new TurnRequest(
            turn.Model, submit, submit.Chat is null ? System.Text.Encoding.UTF8.GetBytes(submit.Text) : asked.Messages.Memory,
            asked.Raise.Count == 0 ? null : new Residency.RequestedLabel(asked.Raise.ToDictionary(pair => pair.Key, pair => (string?)pair.Value)),
            SeedGiven: true)
        {
            Keep = new Keeping
            {
                Id = turn.Id,
                Attempt = turn.Attempt + 1,
                Conversation = turn.Conversation,
                Previous = turn.Previous,
                Store = true,
                Lead = asked.Lead.Memory,
                Messages = asked.Messages.Memory,
                Request = asked.Request.Memory,
                Idempotency = key,
            },
        };
    }

    private static Refusal Refused(StoredTurn turn) => turn.State is TurnState.Cancelled
        ? new Refusal(Errors.Cancelled, "The turn was cancelled.")
        : Refusal.Of(turn.Code ?? Errors.Internal.Code, "The turn has failed.");
}
