using System.Buffers.Binary;
using System.Threading.Tasks.Sources;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Shards;

/// <summary>
/// One turn on its gateway: frames of what its link brings, and exactly one last frame whatever happens. One reader; the link's
/// methods from any thread. Waiting for a frame allocates nothing.
/// </summary>
internal sealed class ShardCall : IValueTaskSource<bool>, IDisposable
{
    /// <summary>A cancelled turn ends within a step; after this its end is assumed.</summary>
    public static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(2);

    /// <summary>Tokens that may wait for the reader; beyond it the turn is cancelled, as others on the link must not wait for it.</summary>
    public const int MostPending = 4096;

    private readonly ShardLink _link;
    private readonly Lock _gate = new();
    private readonly double _since;
    private readonly List<DecodedToken> _tokens = [];
    private ManualResetValueTaskSourceCore<bool> _core;
    private Started? _started;
    private ShardFrame? _last;
    private Exception? _bug;
    private double _cancelledAt = double.NaN;
    private bool _touched;
    private bool _waiting;
    private bool _sent;

    public ShardCall(ShardLink link, int turn, double now) => (_link, Turn, _since) = (link, turn, now);

    /// <summary>Number of the turn on the link.</summary>
    public int Turn { get; }

    /// <summary>The next frame; none follows Finished or Lost.</summary>
    public async ValueTask<ShardFrame> NextAsync(CancellationToken cancellationToken)
    {
        ShardFrame frame;
        while (!TryTake(out frame))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await WaitAsync().ConfigureAwait(false);
        }

        return frame;
    }

    /// <summary>Asks the shard to end the turn, which then says how it ended.</summary>
    public void Cancel(double now)
    {
        bool sent;
        lock (_gate)
        {
            if (_last is not null || !double.IsNaN(_cancelledAt))
            {
                return;
            }

            (_cancelledAt, sent) = (now, _sent);
        }

        // A call must not overtake the one that starts the turn.
        if (sent)
        {
            _link.Cancel(Turn);
        }
    }

    /// <summary>The shard has the turn.</summary>
    public void Started()
    {
        bool cancelled;
        lock (_gate)
        {
            _sent = true;
            cancelled = !double.IsNaN(_cancelledAt) && _last?.Kind is not ShardFrameKind.Finished;
        }

        if (cancelled)
        {
            _link.Cancel(Turn);
        }
    }

    /// <summary>A record of the turn. True: its reader is to be woken once the mail is read, and was not before.</summary>
    /// <exception cref="FrameException">It cannot be read.</exception>
    public bool Add(ShardRecordKind kind, ReadOnlySpan<byte> bytes)
    {
        var full = false;
        var touched = false;
        lock (_gate)
        {
            switch (kind)
            {
                case var _ when _last is not null:
                    return false;
                case ShardRecordKind.Token when _tokens.Count < MostPending:
                    _tokens.Add(DecodedToken.Parse(bytes));
                    break;
                case ShardRecordKind.Token:
                    full = true;
                    _last = ShardFrame.Of(CancelledHere($"The consumer left {MostPending} tokens unread."));
                    break;
                case ShardRecordKind.Started:
                    _started = FrameReader.Parse(Protocol.Decoder.V1.Started.Parser, bytes);
                    break;
                case ShardRecordKind.Finished when bytes.Length >= sizeof(int):
                    _last = Last(FrameReader.Parse(Finished.Parser, bytes[sizeof(int)..]), BinaryPrimitives.ReadInt32LittleEndian(bytes));
                    break;
                case ShardRecordKind.Leaving:
                    _last = Last(ShardLoss.Drain);
                    break;
                case ShardRecordKind.Silent:
                    _last = Last(ShardLoss.MissedHeartbeats);
                    break;
                case ShardRecordKind.Absent:
                    _last = Last(ShardLoss.Reset);
                    break;
                default:
                    // A newer worker's: nothing that this gateway knows of.
                    break;
            }

            (touched, _touched) = (!_touched, true);
        }

        if (full)
        {
            _link.Cancel(Turn);
        }

        return touched;
    }

    /// <summary>Lets the reader see what was added.</summary>
    /// <param name="here">The reader may go on on this thread.</param>
    public void Wake(bool here)
    {
        lock (_gate)
        {
            _touched = false;
            if (!_waiting)
            {
                return;
            }

            _waiting = false;
        }

        _core.RunContinuationsAsynchronously = !here;
        _core.SetResult(true);
    }

    /// <summary>The shard is out of reach. Nothing where the turn has ended.</summary>
    /// <param name="loss">How.</param>
    /// <param name="bug">Not null: no loss but this, which the reader gets thrown.</param>
    public void Lose(ShardLoss loss, Exception? bug)
    {
        lock (_gate)
        {
            if (_last is not null)
            {
                return;
            }

            (_last, _bug) = (Last(loss), bug);
        }

        Wake(here: false);
    }

    /// <summary>What the watchdog does at each tick.</summary>
    public void OnTick(double now)
    {
        bool overdue;
        lock (_gate)
        {
            overdue = double.IsNaN(_cancelledAt)
                ? !_sent && now - _since > ShardLink.FirstSilence.TotalMilliseconds
                : now - _cancelledAt > CancelLimit.TotalMilliseconds;
        }

        if (overdue)
        {
            Lose(ShardLoss.MissedHeartbeats, null);
        }
    }

    /// <summary>Leaves the turn, which is cancelled where it has not ended.</summary>
    public void Dispose()
    {
        bool running;
        lock (_gate)
        {
            running = _last?.Kind is not ShardFrameKind.Finished && _last?.Loss is not ShardLoss.Drain;
            _cancelledAt = running && double.IsNaN(_cancelledAt) ? _since : _cancelledAt;
            _last ??= ShardFrame.Lost(ShardLoss.Reset);
            running &= _sent;
        }

        _link.Remove(this);
        if (running)
        {
            _link.Cancel(Turn);
        }
    }

    /// <summary>What an exception of a call means; null = it is a bug, not a loss.</summary>
    public static ShardLoss? LossOf(Exception problem) => problem switch
    {
        SiloUnavailableException => ShardLoss.DeclaredDead,
        OrleansException or ShardPlacementException or TimeoutException or FrameException => ShardLoss.Reset,
        OperationCanceledException or ObjectDisposedException => ShardLoss.Reset,
        _ => null,
    };

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private bool TryTake(out ShardFrame frame)
    {
        lock (_gate)
        {
            if (_started is { } started)
            {
                _started = null;
                frame = ShardFrame.Of(started);
                return true;
            }

            if (_tokens.Count > 0)
            {
                frame = ShardFrame.Of(_tokens.ToArray());
                _tokens.Clear();
                return true;
            }

            frame = _last.GetValueOrDefault();
            return _bug is null ? _last is not null : throw _bug;
        }
    }

    private ValueTask<bool> WaitAsync()
    {
        lock (_gate)
        {
            if (_started is not null || _tokens.Count > 0 || _last is not null)
            {
                return new ValueTask<bool>(true);
            }

            _core.Reset();
            _waiting = true;
            return new ValueTask<bool>(this, _core.Version);
        }
    }

    private ShardFrame Last(Finished finished, int retryAfterMs)
    {
        // Whatever was lost below the worker's link is a loss of the shard: another one can go on.
        if (double.IsNaN(_cancelledAt) && LossOf(finished) is { } loss)
        {
            return Last(loss);
        }

        return ShardFrame.Of(finished) with { RetryAfter = retryAfterMs > 0 ? TimeSpan.FromMilliseconds(retryAfterMs) : null };
    }

    private ShardFrame Last(ShardLoss loss) => double.IsNaN(_cancelledAt)
        ? ShardFrame.Lost(loss)
        : ShardFrame.Of(CancelledHere("The shard did not say how the cancelled turn ended."));

    /// <summary>Nobody cancelled, so a cancelled end is the worker's: its lease had run out, or it stops.</summary>
    private static ShardLoss? LossOf(Finished finished) => (finished.Reason, finished.Problem?.Code) switch
    {
        (Finished.Types.Reason.Cancelled, _) => ShardLoss.Reset,
        (Finished.Types.Reason.Error or Finished.Types.Reason.Refused, var code) when code == Errors.Draining.Code => ShardLoss.Drain,
        (Finished.Types.Reason.Error or Finished.Types.Reason.Refused, var code)
            when code == Errors.NoReplica.Code || code == Errors.Internal.Code => ShardLoss.Reset,
        _ => null,
    };

    private static Finished CancelledHere(string sentence) => new()
    {
        Reason = Finished.Types.Reason.Cancelled,
        Problem = Errors.Cancelled.With(sentence),
    };
}
