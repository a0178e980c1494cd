using System.Runtime.CompilerServices;
using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// The life of a request, top to bottom: Admit, Pick, Decode while the intent becomes durable, Pump, Close. One object per request;
/// it calls the services, they do not call each other. What each hop decides stands in a small class beside it.
/// </summary>
internal sealed class Turn(TurnServices services, TurnRequest request, Caller caller) : IDisposable
{
    /// <summary>Replicas that one turn may lose: a turn that kills decoders must not do so for ever.</summary>
    private const int MostLosses = 5;

    /// <summary>How long a turn that lost its replica waits for another one.</summary>
    private static readonly TimeSpan MovePatience = TimeSpan.FromSeconds(20);

    /// <summary>Where there is no other, a replica that was lost counts again after this, times the losses: the way to it may have broken.</summary>
    private static readonly TimeSpan Forgive = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly string _id = "t-" + Guid.CreateVersion7(services.Time.GetUtcNow()).ToString("N");
    private readonly DateTimeOffset _at = services.Time.GetUtcNow();
    private readonly TurnAdmission _admission = new(services, request, caller);
    private readonly TurnProgress _progress = new(request, services.Time);
    private readonly List<Replica> _lost = [];
    private TurnLedger _ledger = null!;
    private Replica _replica = null!;
    private TurnEnd _end = TurnEnd.CallerLeft;

    public async IAsyncEnumerable<TurnEvent> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Admit and Pick. (Recall comes with conversations.)
        if ((await _admission.DecideAsync(_id, cancellationToken) ?? Pick()) is { } refusal)
        {
            yield return new TurnRefused(refusal);
            yield break;
        }

        _ledger = new TurnLedger(services, _id);
        var (started, closed, loss) = (false, false, ShardLoss.None);
        try
        {
            do
            {
                (_end, loss) = (TurnEnd.CallerLeft, ShardLoss.None);

                // Decode and Pump.
                var frames = services.Shards.RunAsync(_admission.Verdict.Admitted!, _replica, _id, _progress.Emitted, cancellationToken);
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
                    else if (_admission.Recheck(_replica.Zone) is { } changed)
                    {
                        _end = new TurnEnd(Finish.PolicyChanged, changed, null);
                        break;
                    }
                    else
                    {
                        if (!started)
                        {
                            started = true;
                            yield return Started();
                        }

                        _progress.Add(frame.Tokens);
                        yield return new TurnTokens(frame.Tokens);
                    }
                }
            }
            while (loss is not ShardLoss.None && await MoveAsync(loss, cancellationToken));

            // Close.
            if (_end.Whole is { } whole)
            {
                _progress.Complete(whole);
                if (!started)
                {
                    started = true;
                    yield return Started();
                }
            }

            closed = true;
            yield return _end.ToEvent(started, _progress.ResumedAt, await CloseAsync());
        }
        finally
        {
            // The caller left in the middle: what had left by then is the outcome.
            if (!closed)
            {
                _end = TurnEnd.CallerLeft;
                await CloseAsync();
            }
        }
    }

    public void Dispose() => _progress.Dispose();

    /// <summary>Prompt and longest answer; 0 while the prompt is not counted.</summary>
    private int Tokens => _progress.PromptTokens == 0 ? 0 : _progress.PromptTokens + request.Submit.MaxTokens;

    private TurnStarted Started() => new(
        _id, _admission.Model.Name, _replica.Build, (long)request.Submit.Sampling.Seed, _progress.PromptTokens, _at);

    /// <returns>Null where there is a replica.</returns>
    private Refusal? Pick(bool forgive = false)
    {
        var model = services.Shards.Current.Find(_admission.Model.Name) ?? _admission.Model;
        var route = Router.Choose(model, new RouteRequest(_admission.Verdict.Plan!.Silos, Tokens, _id)
        {
            Excluded = forgive ? [] : _lost,
            CpuClass = _lost.FirstOrDefault()?.Abilities?.CpuClass,
            Build = _admission.Model.Build,
        });
        _replica = route switch { StartRoute start => start.Replica, QueueRoute queue => queue.Replica, _ => _replica };
        return (route as NoRoute)?.Refusal;
    }

    /// <summary>The intent, or after a failover where the turn goes on.</summary>
    private Func<LeafOrigin, Leaf> Record() => _ledger.Intent is { } intent
        ? TurnRecords.Moved(intent, _progress.Emitted.Count, _progress.Loss, _admission, caller, _replica)
        : TurnRecords.Intent(_id, _admission, caller, _replica, request.Submit);

    /// <summary>Picks again, as soon as there is a replica.</summary>
    /// <returns>False where the turn ends instead; why, the end says.</returns>
    private async Task<bool> MoveAsync(ShardLoss loss, CancellationToken cancellationToken)
    {
        var began = services.Time.GetTimestamp();
        services.Log.TurnLost(_id, _replica.Node, loss, _progress.Emitted.Count);
        // A record that was begun is durable or not before anything else is said of the turn.
        await _ledger.SettleAsync();
        _progress.Loss = loss;
        _lost.Add(_replica);
        var refusal = _lost.Count > MostLosses ? new Refusal(Errors.NoReplica, $"This turn lost {_lost.Count} replicas in a row.") : Pick();
        while (refusal is not null && _lost.Count <= MostLosses && services.Time.GetElapsedTime(began) < MovePatience)
        {
            // The snapshot is replaced about once a second; looking is cheap.
            await Task.Delay(LookAgain, services.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            refusal = Pick() is null ? null : Pick(forgive: services.Time.GetElapsedTime(began) > _lost.Count * Forgive);
        }

        _end = refusal is null ? _end : TurnEnd.Broken(refusal);
        if (refusal is null)
        {
            services.Log.TurnMoved(_id, _replica.Node, (long)services.Time.GetElapsedTime(began).TotalMilliseconds);
        }

        return refusal is null;
    }

    private Task<Protocol.Receipts.Receipt?> CloseAsync() =>
        _ledger.CloseAsync(_end.Finish, _progress, _replica.Build, request.Submit.Sampling.Seed);
}
