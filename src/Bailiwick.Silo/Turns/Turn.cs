using System.Runtime.CompilerServices;
using Bailiwick.Evidence;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// The life of a request, top to bottom: Admit, Recall, Pick, Decode while the intent becomes durable, Pump, Close. One object per request;
/// it calls the services, they do not call each other. What each hop decides stands in a small class beside it.
/// </summary>
internal sealed class Turn(TurnServices services, TurnRequest request, Caller caller, TurnMeter meter) : IAsyncDisposable
{
    private readonly string _id = "t-" + Guid.CreateVersion7(services.Time.GetUtcNow()).ToString("N");
    private readonly DateTimeOffset _at = services.Time.GetUtcNow();
    private readonly TurnAdmission _admission = new(services, request, caller, meter);
    private readonly TurnMemory _memory = new(services, request, caller);
    private readonly TurnProgress _progress = new(request, services.Time);
    private TurnLedger _ledger = null!;
    private TurnRoute _route = null!;
    private TurnEnd _end = TurnEnd.CallerLeft;

    public async IAsyncEnumerable<TurnEvent> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _route = new TurnRoute(services, request, _admission, _progress, _id);

        // Admit, Recall (where something is kept or recalled), Pick.
        if ((await _memory.LookAsync(cancellationToken) ?? await _admission.DecideAsync(_id, _memory.Facts, cancellationToken)
            ?? await _memory.RecallAsync(_id, _at, _admission, cancellationToken) ?? _route.Pick()) is { } refusal)
        {
            yield return await _memory.EndAsync(new TurnRefused(refusal), _at, CancellationToken.None);
            yield break;
        }

        _progress.Commit(_memory.Prompt.Span);
        var running = _memory.Running(cancellationToken);
        _ledger = new TurnLedger(services, _id);
        var (started, closed, loss) = (false, false, ShardLoss.None);
        try
        {
            do
            {
                (_end, loss) = (TurnEnd.CallerLeft, ShardLoss.None);

                // Decode and Pump.
                var frames = services.Shards.RunAsync(_admission.Verdict.Admitted!, Replica, _id, _progress.Emitted, running);
                await foreach (var frame in frames)
                {
                    if (frame.Kind is ShardFrameKind.Started)
                    {
                        // Intend, beside prefill: the first token waits for it.
                        _progress.PromptTokens = frame.Started!.PromptTokens;
                        _ledger.Begin(Record());
                    }
                    else if (frame.Kind is ShardFrameKind.Lost)
                    {
                        loss = frame.Loss;
                        break;
                    }
                    else if (frame.Kind is ShardFrameKind.Finished)
                    {
                        _end = TurnEnd.Of(frame.Finished!, frame.RetryAfter);
                        _end = await _ledger.SettleAsync() || _end.Whole is null ? _end : TurnEnd.Unrecorded;
                        break;
                    }
                    else if (!await _ledger.SettleAsync())
                    {
                        _end = TurnEnd.Unrecorded;
                        break;
                    }
                    else if (_admission.Recheck(Replica.Zone) is { } changed)
                    {
                        _end = new TurnEnd(Finish.PolicyChanged, changed, null);
                        break;
                    }
                    else
                    {
                        if (!started)
                        {
                            started = true;
                            yield return _memory.Start(Started());
                        }

                        _progress.Add(frame.Tokens);
                        if (_memory.Add(frame.Tokens) is not { } unsent)
                        {
                            _end = TurnEnd.Broken(Replay.Diverged);
                            break;
                        }

                        if (unsent.Count > 0)
                        {
                            yield return new TurnTokens(unsent);
                        }
                    }
                }
            }
            while (loss is not ShardLoss.None && await MoveAsync(loss, running));

            // Close.
            _end = _memory.IsLost && _end.Whole is null ? TurnEnd.TakenAway : _end;
            if (_end.Whole is { } whole)
            {
                _progress.Complete(whole);
                meter.Waited(_progress.Queued);
                if (!started)
                {
                    started = true;
                    yield return _memory.Start(Started());
                }
            }

            closed = true;
            yield return await _memory.EndAsync(_end.ToEvent(started, _progress.ResumedAt, await CloseAsync()), _at, CancellationToken.None);
        }
        finally
        {
            // The caller left in the middle: what had left by then is the outcome.
            if (!closed)
            {
                _end = TurnEnd.CallerLeft;
                await _memory.EndAsync(_end.ToEvent(started, _progress.ResumedAt, await CloseAsync()), _at, CancellationToken.None);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _progress.Dispose();
        return _memory.DisposeAsync();
    }

    private Replica Replica => _route.Replica;

    private TurnStarted Started() => new(
        _id, _admission.Model.Name, Replica.Build, (long)request.Submit.Sampling.Seed, _progress.PromptTokens, _at)
    {
        Kept = _memory.Id,
    };

    /// <summary>The intent, or after a failover where the turn goes on.</summary>
    private Func<LeafOrigin, Leaf> Record()
    {
        var decision = TurnRecords.Allowed(_admission, caller, Replica);
        meter.Decided("allow", decision.Rules);
        return _ledger.Intent is { } intent
            ? TurnRecords.Moved(intent, _progress.Emitted.Count, _progress.Loss, caller, Replica, decision)
            : TurnRecords.Intent(_id, request.Keep?.Conversation, _admission, caller, Replica, request.Submit, decision);
    }

    /// <summary>Where a replica was lost, the turn goes on at another one.</summary>
    /// <returns>False where the turn ends instead; why, the end says.</returns>
    private async Task<bool> MoveAsync(ShardLoss loss, CancellationToken cancellationToken)
    {
        services.Log.TurnLost(_id, Replica.Node, loss, _progress.Emitted.Count);
        meter.Lost();
        // A record that was begun is durable or not before anything else is said of the turn.
        await _ledger.SettleAsync();
        _progress.Loss = loss;
        var (moved, refusal) = await _route.MoveAsync(cancellationToken);
        _end = refusal is null ? _end : TurnEnd.Broken(refusal);
        return moved;
    }

    private Task<Protocol.Receipts.Receipt?> CloseAsync() =>
        _ledger.CloseAsync(_end.Finish, _progress, Replica.Build, request.Submit.Sampling.Seed);
}
