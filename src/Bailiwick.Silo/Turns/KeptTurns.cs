using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// Requests that were sent before and answers that are kept. A turn that has ended is told again; one that a gateway runs is followed
/// there, or waited for where its request was sent twice; one whose gateway is lost is run again from its sealed request, which gives the
/// same tokens, since seed and build are the same.
/// </summary>
internal sealed class KeptTurns(
    ISessionStore store, IFollowing following, ReaderWatch watch, TimeProvider time,
    Func<TurnRequest, Caller, CancellationToken, IAsyncEnumerable<TurnEvent>> run)
{
    /// <summary>How long the second sending of a request waits for the first: longer than a lost gateway's lease.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>A request with an idempotency key.</summary>
    public async IAsyncEnumerable<TurnEvent> RunAsync(
        TurnRequest request, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (key, had, began) = (request.Keep!.Idempotency!, request.Submit.Emitted.ToArray(), time.GetTimestamp());
        while (true)
        {
            var found = await store.FindAsync(request.Keep, caller.Reader, cancellationToken);
            if (Refuse(found, key) is { } refusal)
            {
                yield return new TurnRefused(refusal);
                yield break;
            }

            var finding = found.Value!;
            if (finding.Turn is { Answer: not null } kept)
            {
                foreach (var told in Replay.Of(kept, had))
                {
                    yield return told;
                }

                yield break;
            }

            // The first sending may end, or turn out to be lost.
            var isWaiting = finding.IsHeld;
            if (!isWaiting)
            {
                var next = finding.Turn is { } again ? Replay.Again(again, key, had) : request;
                await foreach (var happened in run(next, caller, cancellationToken))
                {
                    // Busy with the same request, which was first; busy with another one is an answer.
                    isWaiting = happened is TurnRefused { Refusal.Row: var row } && row == Errors.Busy
                        && (await store.FindAsync(request.Keep, caller.Reader, cancellationToken)).Value?.Turn is not null;
                    if (isWaiting)
                    {
                        break;
                    }

                    yield return happened;
                }
            }

            if (!isWaiting)
            {
                yield break;
            }

            if (time.GetElapsedTime(began) > Patience)
            {
                yield return new TurnRefused(SessionRefusals.Taken);
                yield break;
            }

            await Task.Delay(LookAgain, time, cancellationToken);
        }
    }

    /// <inheritdoc cref="IKeptTurns.FollowAsync"/>
    public async IAsyncEnumerable<TurnEvent> FollowAsync(
        string id, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(new Keeping { Id = id }, caller.Reader, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            yield return new TurnRefused(refusal);
            yield break;
        }

        await foreach (var told in watch.OverAsync(TellAsync(id, caller, cancellationToken), found.Value!.Turn!.Label, caller, cancellationToken))
        {
            yield return told;
        }
    }

    private async IAsyncEnumerable<TurnEvent> TellAsync(string id, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Whoever tells it tells the same: what one has told, the next one does not tell again.
        var (reader, heard) = (new KeptTurnReader(), time.GetTimestamp());
        while (true)
        {
            var found = await store.FindAsync(new Keeping { Id = id }, caller.Reader, cancellationToken);
            if (found.Refusal is { } refusal)
            {
                if (MayComeBack(refusal))
                {
                    await Task.Delay(LookAgain, time, cancellationToken);
                    continue;
                }

                yield return reader.Refused(refusal);
                yield break;
            }

            var (turn, isHeld) = (found.Value!.Turn!, found.Value.IsHeld);
            if (turn.State is not TurnState.Running)
            {
                foreach (var told in Replay.Of(turn, []))
                {
                    if (reader.Unread(told) is { } next)
                    {
                        yield return next;
                    }
                }

                yield break;
            }

            if (isHeld)
            {
                var (read, hasRead) = (following.Open(turn, caller.Reader), false);
                while (await read(reader.Has, cancellationToken) is { } told)
                {
                    (hasRead, heard) = (true, time.GetTimestamp());
                    foreach (var next in reader.Unread(told))
                    {
                        yield return next;
                    }

                    if (told.Failed is not null)
                    {
                        yield break;
                    }
                }

                // It has just ended, most likely: the store tells the rest.
                if (hasRead)
                {
                    continue;
                }
            }
            else
            {
                var isTaken = false;
                await foreach (var happened in run(Replay.Again(turn, null, []), caller, cancellationToken))
                {
                    // Somebody else follows it too, and was first; or this gateway has just lost more than one other.
                    isTaken = happened is TurnRefused { Refusal: var refused } && (refused.Row == Errors.Busy || MayComeBack(refused));
                    if (isTaken)
                    {
                        break;
                    }

                    if (reader.Unread(happened) is { } next)
                    {
                        yield return next;
                    }
                }

                if (!isTaken)
                {
                    yield break;
                }
            }

            await Task.Delay(LookAgain, time, cancellationToken);
        }

        // Where a silo has died, policy, store and replicas may be away for seconds; who has some of the answer hears nothing of that.
        bool MayComeBack(Refusal refused) => reader.Has >= 0 && refused.Row.Http == StatusCodes.Status503ServiceUnavailable && time.GetElapsedTime(heard) < Patience;
    }

    private static Refusal? Refuse(Kept<SessionFinding> found, IdempotencyKey key) =>
        found.Refusal ?? (found.Value!.Turn is { } turn && !CryptographicOperations.FixedTimeEquals(turn.Asked.Digest.Span, key.Digest.Span)
            ? SessionRefusals.OtherRequest
            : null);
}
