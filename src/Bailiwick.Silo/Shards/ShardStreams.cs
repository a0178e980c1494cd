using System.Collections.Concurrent;

namespace Bailiwick.Silo.Shards;

/// <summary>The turns that run on this worker: heartbeats and leases by one timer for all of them, and their number for a drain.</summary>
internal sealed class ShardStreams(TimeProvider time, ILogger<ShardStreams> log) : IDisposable
{
    /// <summary>How long a turn outlives its gateway.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(125);

    /// <summary>One tick less than the 250 ms that are promised: a tick late is still in time.</summary>
    private static readonly TimeSpan BeatAfter = TimeSpan.FromMilliseconds(125);

    private readonly ConcurrentDictionary<string, ShardStream> _streams = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ITimer? _timer;

    public StallClock Clock { get; } = new(time, Tick);

    /// <summary>Once per tick, before the turns are looked at; with the time.</summary>
    public event Action<double>? Ticked;

    /// <summary>Turns that have not ended.</summary>
    public int Count => _streams.Count;

    /// <summary>Begins the ticks.</summary>
    public void Start() => _timer = time.CreateTimer(_ => OnTick(), null, Tick, Tick);

    /// <summary>A new turn; null where the call runs already.</summary>
    public ShardStream? TryOpen(string call)
    {
        var stream = new ShardStream(call, Clock.Now);
        if (_streams.TryAdd(call, stream))
        {
            return stream;
        }

        stream.Dispose();
        return null;
    }

    public void Close(ShardStream stream)
    {
        _streams.TryRemove(new KeyValuePair<string, ShardStream>(stream.Call, stream));
        stream.Dispose();
    }

    /// <summary>A gateway still wants these turns; calls that are not known have ended.</summary>
    public void Renew(IReadOnlyList<string> calls)
    {
        foreach (var call in calls)
        {
            if (_streams.TryGetValue(call, out var stream))
            {
                stream.Renew(Clock.Now);
            }
        }
    }

    /// <summary>Ends a turn within a step; one that is not known has ended.</summary>
    public void Cancel(string call)
    {
        if (_streams.TryGetValue(call, out var stream))
        {
            stream.Cancel();
        }
    }

    /// <summary>Sends every turn elsewhere.</summary>
    public void LeaveAll()
    {
        foreach (var (_, stream) in _streams)
        {
            stream.Leave();
        }
    }

    /// <summary>What the timer does; ticks that overlap are one.</summary>
    public void OnTick()
    {
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            var now = Clock.Advance();
            Ticked?.Invoke(now);
            foreach (var (_, stream) in _streams)
            {
                if (stream.IsAbandoned(now, Lease))
                {
                    Abandon(stream);
                }
                else if (stream.LoseSilent(now))
                {
                    log.DecoderSilent(DecoderPulse.Limit.TotalMilliseconds);
                }
                else
                {
                    stream.Beat(now, BeatAfter);
                }
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Dispose() => _timer?.Dispose();

    // Nobody reads it any more, and Orleans disposes it after a minute only: what it holds is given back now.
    private void Abandon(ShardStream stream)
    {
        if (_streams.TryRemove(stream.Call, out _))
        {
            log.LeaseExpired(Lease.TotalSeconds);
            stream.Cancel();
            stream.Release();
        }
    }
}
