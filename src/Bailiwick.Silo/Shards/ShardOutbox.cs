namespace Bailiwick.Silo.Shards;

/// <summary>
/// A worker's end of the link to one gateway: gathers what that gateway's turns have to say until it is pulled. The pull is also the
/// gateway's lease of all its turns here. One lock; nothing blocks under it. Thread-safe.
/// </summary>
internal sealed class ShardOutbox(string link, long number, double now)
{
    private const int FirstBytes = 1024;

    /// <summary>A buffer that a backlog made larger than this is not kept.</summary>
    private const int KeptBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, ShardStream> _streams = [];
    private byte[] _buffer = new byte[FirstBytes];
    private int _length;
    private TaskCompletionSource<ShardMail>? _pull;
    private double _pulledAt = now;
    private bool _closed;

    public string Link { get; } = link;

    /// <summary>Unlike that of any other outbox of the cluster.</summary>
    public long Number { get; } = number;

    /// <summary>Grows with each mail that is taken: what was added before has been sent.</summary>
    public int Mails { get; private set; }

    /// <summary>Turns that run, and one more where something of the last ones has not been pulled yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _streams.Count + (_length > 0 ? 1 : 0);
            }
        }
    }

    /// <summary>The next mail: at once where there is something to say, else as soon as there is. Null: closed, take another one.</summary>
    public Task<ShardMail>? TryPull(double now)
    {
        TaskCompletionSource<ShardMail>? overtaken;
        Task<ShardMail> next;
        lock (_gate)
        {
            if (_closed)
            {
                return null;
            }

            _pulledAt = now;
            overtaken = _pull;
            _pull = null;
            if (_length > 0)
            {
                next = Task.FromResult(Take());
            }
            else
            {
                // A gateway in this silo reads its mail on the thread that has the news: it hands records to turns, and a turn that is alone
                // with its news goes on there (ShardLink). What waits in a grain goes to the grain's scheduler anyhow.
                _pull = new TaskCompletionSource<ShardMail>();
                next = _pull.Task;
            }
        }

        overtaken?.SetResult(Empty());
        return next;
    }

    /// <summary>A new turn. False: closed, or the number is taken.</summary>
    public bool TryOpen(ShardStream stream)
    {
        lock (_gate)
        {
            return !_closed && _streams.TryAdd(stream.Turn, stream);
        }
    }

    /// <summary>The turn with this number; null where it has ended.</summary>
    public ShardStream? Find(int turn)
    {
        lock (_gate)
        {
            return _streams.GetValueOrDefault(turn);
        }
    }

    /// <summary>Adds a record, which leaves with the next <see cref="Flush"/> or pull.</summary>
    public void Add(int turn, ShardRecordKind kind, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            var length = first.Length + second.Length;
            Reserve(ShardRecord.HeaderBytes + length);
            ShardRecord.WriteHeader(_buffer.AsSpan(_length), turn, kind, length);
            first.CopyTo(_buffer.AsSpan(_length + ShardRecord.HeaderBytes));
            second.CopyTo(_buffer.AsSpan(_length + ShardRecord.HeaderBytes + first.Length));
            _length += ShardRecord.HeaderBytes + length;
        }
    }

    /// <summary>Adds a turn's last record, and forgets the turn.</summary>
    public void End(int turn, ShardRecordKind kind, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        Add(turn, kind, first, second);
        lock (_gate)
        {
            _streams.Remove(turn);
        }
    }

    /// <summary>Answers the pull that waits, if there is something to say.</summary>
    public void Flush()
    {
        TaskCompletionSource<ShardMail>? pull;
        ShardMail mail;
        lock (_gate)
        {
            if (_pull is null || _length == 0)
            {
                return;
            }

            (pull, _pull) = (_pull, null);
            mail = Take();
        }

        pull.SetResult(mail);
    }

    /// <summary>Answers a pull that has waited this long with a heartbeat.</summary>
    public void Beat(double now, TimeSpan interval)
    {
        TaskCompletionSource<ShardMail>? pull;
        lock (_gate)
        {
            if (_pull is null || now - _pulledAt < interval.TotalMilliseconds)
            {
                return;
            }

            (pull, _pull) = (_pull, null);
        }

        pull.SetResult(Empty());
    }

    /// <summary>Closes it where nobody has pulled for this long.</summary>
    /// <returns>The turns that ran; null where it stays.</returns>
    public IReadOnlyList<ShardStream>? TryClose(double now, TimeSpan lease)
    {
        lock (_gate)
        {
            if (_closed || now - _pulledAt <= lease.TotalMilliseconds)
            {
                return null;
            }

            (_closed, _length, _buffer) = (true, 0, []);
            ShardStream[] running = [.. _streams.Values];
            _streams.Clear();
            return running;
        }
    }

    /// <summary>The turns that run.</summary>
    public IReadOnlyList<ShardStream> Streams()
    {
        lock (_gate)
        {
            return [.. _streams.Values];
        }
    }

    private ShardMail Empty() => new() { Outbox = Number, Records = [] };

    private ShardMail Take()
    {
        var mail = new ShardMail { Outbox = Number, Records = _buffer.AsSpan(0, _length).ToArray() };
        Mails++;
        _length = 0;
        if (_buffer.Length > KeptBytes)
        {
            _buffer = new byte[FirstBytes];
        }

        return mail;
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _length + bytes));
        }
    }
}
