using System.Runtime.CompilerServices;
using Bailiwick.Protocol.Receipts;
using Grpc.Core;

namespace Bailiwick.Client.Answers;

/// <summary>
/// One answer over as many connections as it takes. A token counts as soon as its message has arrived whole, so the next attempt
/// begins exactly after it: none is missing, none comes twice.
/// </summary>
internal sealed class AnswerRun(Gateways gateways, BailiwickClientOptions options, string? idempotencyKey, OpenAnswer open)
{
    public async IAsyncEnumerable<AnswerEvent> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var state = new AnswerState();
        var failures = 0;
        long? lostAt = null;
        while (true)
        {
            var gateway = gateways.Current;
            var watch = gateways.Watch(gateway, cancellationToken);
            await using var watching = watch.ConfigureAwait(false);
            using var call = open(
                gateways.Invoker(gateway),
                idempotencyKey is null ? gateways.Options(watch.Token) : gateways.Options(idempotencyKey, watch.Token),
                state.Pins());
            BailiwickException? failure;
            while (true)
            {
                (var current, failure) = await NextAsync(call, watch, cancellationToken).ConfigureAwait(false);
                if (current is not { } wire)
                {
                    break;
                }

                if (wire.Finished is { } finished)
                {
                    yield return state.End(finished, await ReceiptAsync(call, cancellationToken).ConfigureAwait(false));
                    yield break;
                }

                if (wire.Started is { } started)
                {
                    var wasStarted = state.IsStarted;
                    var begun = state.Take(started);
                    yield return wasStarted
                        ? new AnswerResumed(started.Turn, gateways.Address(gateway), state.Tokens, Since(lostAt))
                        : begun;
                }
                else if (wire.Delta is { } delta)
                {
                    (failures, lostAt) = (0, null);
                    yield return state.Take(delta);
                }
            }

            lostAt ??= options.Time.GetTimestamp();
            if (Retries.Wait(failure!, state.IsBegun, ++failures, gateways.Count, options) is not { } wait)
            {
                throw failure!;
            }

            gateways.Leave(gateway);
            await Task.Delay(wait, options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private TimeSpan Since(long? timestamp) => timestamp is { } since ? options.Time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>The next event, or why there is none: an answer that ends before it is finished is a lost one.</summary>
    private static async Task<(WireEvent? Event, BailiwickException? Failure)> NextAsync(
        IAnswerCall call, GatewayWatch watch, CancellationToken cancellationToken)
    {
        try
        {
            var isThere = await call.NextAsync(cancellationToken).ConfigureAwait(false);
            watch.Heard();
            return isThere
                ? (call.Current, null)
                : (null, new BailiwickException(BailiwickException.Unreachable, "The answer ended before it was finished."));
        }
        catch (RpcException problem)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (null, watch.Failure(problem));
        }
    }

    /// <summary>The trailer after the last event. The answer is whole already: a loss here costs the receipt only.</summary>
    private static async Task<Receipt?> ReceiptAsync(IAnswerCall call, CancellationToken cancellationToken)
    {
        try
        {
            while (await call.NextAsync(cancellationToken).ConfigureAwait(false))
            {
                // Nothing follows Finished in this version; what a later one adds is not for us.
            }

            return Receipt.TryParse(call.Trailers().GetValue(Receipt.Trailer), out var receipt) ? receipt : null;
        }
        catch (RpcException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }
}
