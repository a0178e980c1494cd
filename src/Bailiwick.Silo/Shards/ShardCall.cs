using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Shards;

/// <summary>One turn on its gateway: reads the shard's stream and turns whatever can happen to it into a frame.</summary>
internal sealed class ShardCall : IDisposable
{
    /// <summary>Three heartbeats.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(750);

    /// <summary>The first item may need an activation and, on a fresh silo, code that was never run.</summary>
    public static readonly TimeSpan FirstSilence = TimeSpan.FromSeconds(2);

    /// <summary>A cancelled turn ends within a step; after this its end is assumed.</summary>
    public static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(2);

    private readonly WatchedStream<ShardBatch> _batches;
    private readonly IShardGrain _grain;
    private readonly Replica _replica;
    private double _waitsSince;
    private double _cancelledAt = double.NaN;
    private volatile bool _heard;

    public ShardCall(string id, IShardGrain grain, Replica replica, IAsyncEnumerator<ShardBatch> batches, double now)
    {
        (Id, _grain, _replica) = (id, grain, replica);
        _batches = new WatchedStream<ShardBatch>(batches);
        _waitsSince = now;
    }

    public string Id { get; }

    public IShardGrain Grain => _grain;

    public Replica Replica => _replica;

    public bool IsCancelled => !double.IsNaN(Volatile.Read(ref _cancelledAt));

    /// <summary>The last frame was given.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Asks the shard to end the turn; asked again at each tick, as the call may overtake its own start.</summary>
    public void Cancel(double now)
    {
        if (!IsCancelled)
        {
            Volatile.Write(ref _cancelledAt, now);
        }

        _grain.CancelAsync(Id, CancellationToken.None).Ignore();
    }

    /// <summary>Its silo was declared dead.</summary>
    public void Dead() => _batches.Signal(WaitEnd.Dead);

    /// <summary>What the watchdog does at each tick.</summary>
    public void OnTick(double now)
    {
        if (IsCancelled)
        {
            if (now - Volatile.Read(ref _cancelledAt) > CancelLimit.TotalMilliseconds)
            {
                _batches.Signal(WaitEnd.Overdue);
            }
            else
            {
                Cancel(now);
            }
        }

        if (_batches.IsWaiting && now - Volatile.Read(ref _waitsSince) > (_heard ? Silence : FirstSilence).TotalMilliseconds)
        {
            _batches.Signal(WaitEnd.Missed);
        }
    }

    /// <summary>The next frame; null: nothing to tell, ask again.</summary>
    public async ValueTask<ShardFrame?> NextAsync(StallClock clock, CancellationToken cancellationToken)
    {
        try
        {
            Volatile.Write(ref _waitsSince, clock.Now);
            if (!_batches.TryStep() && await _batches.WaitAsync() is var end && end != WaitEnd.Arrived)
            {
                return End(end switch
                {
                    WaitEnd.Dead => ShardLoss.DeclaredDead,
                    WaitEnd.Overdue => ShardLoss.None,
                    _ => ShardLoss.MissedHeartbeats,
                });
            }

            _heard = true;
            return _batches.Take() ? Frame(_batches.Current) : End(ShardLoss.Reset);
        }
        catch (Exception problem) when (LossOf(problem) is { } loss)
        {
            return End(loss);
        }
    }

    /// <summary>Leaves the stream. Does not wait for a silo that may be dead: Orleans does that in the background.</summary>
    public void Dispose()
    {
        if (!HasEnded)
        {
            HasEnded = true;
            _grain.CancelAsync(Id, CancellationToken.None).Ignore();
        }

        _batches.DisposeAsync().AsTask().Ignore();
    }

    /// <summary>What an exception of a call means; null = it is a bug, not a loss.</summary>
    public static ShardLoss? LossOf(Exception problem) => problem switch
    {
        SiloUnavailableException => ShardLoss.DeclaredDead,
        OrleansException or EnumerationAbortedException or ShardPlacementException or TimeoutException => ShardLoss.Reset,
        OperationCanceledException or ObjectDisposedException => ShardLoss.Reset,
        _ => null,
    };

    private ShardFrame? Frame(ShardBatch batch)
    {
        switch (batch.Kind)
        {
            case ShardBatchKind.Tokens:
                return ShardFrame.Of(batch.Tokens ?? []);
            case ShardBatchKind.Started:
                return ShardFrame.Of(Started.Parser.ParseFrom(batch.Message));
            case ShardBatchKind.Finished:
                return Finish(Finished.Parser.ParseFrom(batch.Message), batch.RetryAfterMs);
            case ShardBatchKind.Leaving:
                return End(ShardLoss.Drain);
            case ShardBatchKind.Silent:
                return End(ShardLoss.MissedHeartbeats);
            case ShardBatchKind.Absent:
                return End(ShardLoss.Reset);
            default:
                return null;
        }
    }

    private ShardFrame Finish(Finished finished, int retryAfterMs)
    {
        // Whatever was lost below the worker's link is a loss of the shard: another one can go on.
        if (!IsCancelled && LossOf(finished) is { } loss)
        {
            return End(loss);
        }

        HasEnded = true;
        return ShardFrame.Of(finished) with { RetryAfter = retryAfterMs > 0 ? TimeSpan.FromMilliseconds(retryAfterMs) : null };
    }

    /// <summary>Nobody cancelled, so a cancelled end is the worker's: its lease had run out, or it stops.</summary>
    private static ShardLoss? LossOf(Finished finished) => (finished.Reason, finished.Problem?.Code) switch
    {
        (Finished.Types.Reason.Cancelled, _) => ShardLoss.Reset,
        (Finished.Types.Reason.Error or Finished.Types.Reason.Refused, var code) when code == Errors.Draining.Code => ShardLoss.Drain,
        (Finished.Types.Reason.Error or Finished.Types.Reason.Refused, var code)
            when code == Errors.NoReplica.Code || code == Errors.Internal.Code => ShardLoss.Reset,
        _ => null,
    };

    private ShardFrame End(ShardLoss loss)
    {
        HasEnded = loss is ShardLoss.Drain;
        if (IsCancelled)
        {
            return ShardFrame.Of(new Finished
            {
                Turn = Id,
                Reason = Finished.Types.Reason.Cancelled,
                Problem = Errors.Cancelled.With("The shard did not say how the cancelled turn ended."),
            });
        }

        return ShardFrame.Lost(loss);
    }
}
