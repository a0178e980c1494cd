using System.Runtime.CompilerServices;
using Bailiwick.Protocol;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>Turns that are kept or go on without their call, as the gRPC door asks for them.</summary>
internal sealed class KeptRequests(ITurns turns, IKeptTurns kept, IConversations conversations, BackgroundTurns background)
{
    /// <summary>Runs a turn that goes on when its call ends.</summary>
    public async IAsyncEnumerable<TurnEvent> RunInBackgroundAsync(
        TurnRequest request, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Read before the turn takes them.
        var (id, had, at) = (SessionIds.NewTurn(), request.Submit.Emitted.ToArray(), 0);
        var named = request with { Keep = request.Keep! with { Id = id } };
        var first = await background.StartAsync(id, caller, stopping => turns.RunAsync(named, caller, stopping), cancellationToken);
        if (first is not TurnStarted { Kept: { } begun })
        {
            if (first is not null)
            {
                yield return first;
            }

            yield break;
        }

        await foreach (var next in kept.FollowAsync(begun, caller, cancellationToken))
        {
            if (next is not TurnTokens { Tokens: var tokens })
            {
                yield return next;
                continue;
            }

            if (Replay.Rest(tokens, at, had) is not { } rest)
            {
                yield return new TurnFailed(Replay.Diverged, null);
                yield break;
            }

            at += tokens.Count;
            if (rest.Count > 0)
            {
                yield return new TurnTokens(rest);
            }
        }
    }

    /// <summary>Events of a kept turn without the first tokens.</summary>
    public async IAsyncEnumerable<TurnEvent> FollowAsync(
        string id, int skip, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (skip < 0)
        {
            yield return new TurnRefused(new Refusal(Errors.Invalid, "The field skip must not be negative.") { Field = "skip" });
            yield break;
        }

        var found = await FindAsync(id, caller, cancellationToken);
        if (found.Value is not { } turn)
        {
            yield return new TurnRefused(found.Refusal!);
            yield break;
        }

        await foreach (var next in kept.FollowAsync(turn.Id, caller, cancellationToken))
        {
            if (next is not TurnTokens tokens)
            {
                yield return next;
                continue;
            }

            var had = Math.Min(skip, tokens.Tokens.Count);
            skip -= had;
            if (had < tokens.Tokens.Count)
            {
                yield return had == 0 ? tokens : new TurnTokens([.. tokens.Tokens.Skip(had)]);
            }
        }
    }

    public Task<Kept<StoredTurn>> FindAsync(string id, Caller caller, CancellationToken cancellationToken) =>
        conversations.TurnAsync(id, caller.Reader, cancellationToken);

    /// <returns>Null where it has ended or ends.</returns>
    public async Task<Refusal?> CancelAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        var found = await FindAsync(id, caller, cancellationToken);
        return found.Value is { } turn ? await conversations.CancelAsync(turn.Id, caller.Reader, cancellationToken) : found.Refusal;
    }

    /// <returns>Null where it is gone.</returns>
    public async Task<Refusal?> DeleteAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        var found = await FindAsync(id, caller, cancellationToken);
        return found.Value is { } turn
            ? (await conversations.EraseAsync(turn.Id, Erasure.ByCaller, caller.Reader, cancellationToken)).Refusal
            : found.Refusal;
    }
}
