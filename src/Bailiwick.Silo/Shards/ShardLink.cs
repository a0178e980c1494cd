namespace Bailiwick.Silo.Shards;

/// <summary>
/// A gateway's end of the link to one shard: pulls the mail of all its turns there, hands each record to its turn, and turns
/// whatever can happen to the link into a loss of every one of them. Thread-safe.
/// </summary>
/// <param name="id">Unique in the cluster, and never used again.</param>
/// <param name="silo">Address of the worker.</param>
/// <param name="wire">The shard.</param>
/// <param name="clock">The watchdog's.</param>
internal sealed class ShardLink(string id, string silo, IShardWire wire, StallClock clock)
{
    /// <summary>Three heartbeats.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(750);

    /// <summary>The first answer may need an activation and, on a fresh silo, code that was never run.</summary>
    public static readonly TimeSpan FirstSilence = TimeSpan.FromSeconds(2);

    /// <summary>How long a link is kept for the next turn.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, ShardCall> _calls = [];
    private readonly List<ShardCall> _touched = [];
    private int _turns;
    private long? _outbox;
    private double _idleSince = clock.Now;
    private double _waitsSince = double.NaN;
    private bool _heard;
    private bool _closed;

    public string Silo { get; } = silo;

    /// <summary>Turns that have not ended.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count;
            }
        }
    }

    /// <summary>It takes no more turns.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _closed;
            }
        }
    }

    /// <summary>It waits for an answer.</summary>
    public bool IsWaiting
    {
        get
        {
            lock (_gate)
            {
                return !double.IsNaN(_waitsSince);
            }
        }
    }

    /// <summary>A new turn, which the caller starts and disposes; null where the link is closed.</summary>
    public ShardCall? TryOpen()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return null;
            }

            var call = new ShardCall(this, ++_turns, clock.Now);
            _calls.Add(call.Turn, call);
            return call;
        }
    }

    /// <summary>Forgets a turn.</summary>
    public void Remove(ShardCall call)
    {
        lock (_gate)
        {
            _calls.Remove(call.Turn);
            _idleSince = clock.Now;
        }
    }

    /// <summary>Sends a turn to the shard; does not wait.</summary>
    public void Start(ShardCall call, ShardPayload payload) => _ = StartAsync(call, payload);

    /// <summary>Asks the shard to end a turn.</summary>
    public void Cancel(int turn) => wire.Cancel(id, turn);

    /// <summary>Pulls until the link is closed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (Wait())
            {
                var mail = await wire.PullAsync(id, cancellationToken).ConfigureAwait(false);
                if (!Hear(mail.Outbox, pulled: true))
                {
                    return;
                }

                Deliver(mail.Records);
            }
        }
        catch (Exception problem)
        {
            // Loop border: what is no loss is a bug, and each turn's caller gets it.
            Lose(ShardCall.LossOf(problem) ?? ShardLoss.Reset, ShardCall.LossOf(problem) is null ? problem : null);
        }
    }

    /// <summary>What the watchdog does at each tick.</summary>
    public void OnTick(double now)
    {
        bool silent;
        ShardCall[] calls;
        lock (_gate)
        {
            silent = now - _waitsSince > (_heard ? Silence : FirstSilence).TotalMilliseconds;
            _closed |= _calls.Count == 0 && now - _idleSince > Linger.TotalMilliseconds;
            calls = [.. _calls.Values];
        }

        if (silent)
        {
            Lose(ShardLoss.MissedHeartbeats);
        }
        else
        {
            foreach (var call in calls)
            {
                call.OnTick(now);
            }
        }
    }

    /// <summary>Every turn of it is lost, and it takes no more.</summary>
    public void Lose(ShardLoss loss, Exception? bug = null)
    {
        ShardCall[] calls;
        lock (_gate)
        {
            _closed = true;
            calls = [.. _calls.Values];
        }

        foreach (var call in calls)
        {
            call.Lose(loss, bug);
        }
    }

    private async Task StartAsync(ShardCall call, ShardPayload payload)
    {
        try
        {
            var outbox = await wire.StartAsync(id, new ShardTurn { Turn = call.Turn, Payload = payload }, CancellationToken.None)
                .ConfigureAwait(false);
            if (Hear(outbox, pulled: false))
            {
                call.Started();
            }
        }
        catch (Exception problem)
        {
            // Request border: the turn's caller gets it.
            call.Lose(ShardCall.LossOf(problem) ?? ShardLoss.Reset, ShardCall.LossOf(problem) is null ? problem : null);
        }
    }

    /// <summary>A pull begins. False: the link is closed.</summary>
    private bool Wait()
    {
        lock (_gate)
        {
            _waitsSince = _closed ? double.NaN : clock.Now;
            return !_closed;
        }
    }

    /// <summary>The shard has answered. False: the link is closed, or another outbox speaks, which has not its turns.</summary>
    private bool Hear(long outbox, bool pulled)
    {
        bool same;
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            (_heard, _waitsSince) = (true, pulled ? double.NaN : _waitsSince);
            _outbox ??= outbox;
            same = _outbox == outbox;
        }

        if (!same)
        {
            Lose(ShardLoss.Reset);
        }

        return same;
    }

    // One pull is answered at a time, so this runs once at a time.
    private void Deliver(ReadOnlySpan<byte> records)
    {
        while (ShardRecord.TryRead(ref records, out var record))
        {
            ShardCall? call;
            lock (_gate)
            {
                call = _calls.GetValueOrDefault(record.Turn);
            }

            if (call is not null)
            {
                if (call.Add(record.Kind, record.Bytes))
                {
                    _touched.Add(call);
                }
            }
            else if (record.Kind is ShardRecordKind.Started)
            {
                // Left before it was there: its cancelling may have overtaken it.
                Cancel(record.Turn);
            }
        }

        // One turn that has news goes on on the thread that brings it, up to the socket: another thread would have to be woken for it,
        // which costs more than the rest of a token's way. Several go on side by side.
        foreach (var call in _touched)
        {
            call.Wake(here: _touched.Count == 1);
        }

        _touched.Clear();
    }
}
