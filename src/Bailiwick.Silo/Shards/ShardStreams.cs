using System.Collections.Concurrent;

namespace Bailiwick.Silo.Shards;

/// <summary>
/// The links of gateways to this worker: heartbeats and leases by one timer for all of them, and the number of their turns for a
/// drain.
/// </summary>
internal sealed class ShardStreams(ILocalSiloDetails silo, TimeProvider time, ILogger<ShardStreams> log) : IDisposable
{
    /// <summary>How long turns outlive their gateway.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(125);

    /// <summary>One tick less than the 250 ms that are promised: a tick late is still in time.</summary>
    private static readonly TimeSpan BeatAfter = TimeSpan.FromMilliseconds(125);

    private readonly ConcurrentDictionary<string, ShardOutbox> _outboxes = new(StringComparer.Ordinal);
    private readonly StallClock _clock = new(time, Tick);
    private readonly Lock _gate = new();
    private long _numbers = (long)silo.SiloAddress.Generation << 32;
    private ITimer? _timer;

    /// <summary>Once per tick, before the turns are looked at; with the time.</summary>
    public event Action<double>? Ticked;

    /// <summary>Turns that have not ended, or whose end has not been pulled yet.</summary>
    public int Count => _outboxes.Values.Sum(outbox => outbox.Count);

    /// <summary>Begins the ticks.</summary>
    public void Start() => _timer = time.CreateTimer(_ => OnTick(), null, Tick, Tick);

    /// <summary>The next mail of a link.</summary>
    public Task<ShardMail> PullAsync(string link, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            if (Outbox(link).TryPull(_clock.Now) is { } mail)
            {
                return mail;
            }
        }
    }

    /// <summary>The outbox of a link, a new one where there is none.</summary>
    public ShardOutbox Outbox(string link) => _outboxes.GetOrAdd(
        link, static (link, streams) => new ShardOutbox(link, Interlocked.Increment(ref streams._numbers), streams._clock.Now), this);

    /// <summary>Ends a turn within a step; one that is not known has ended.</summary>
    public void Cancel(string link, int turn)
    {
        if (_outboxes.TryGetValue(link, out var outbox))
        {
            outbox.Find(turn)?.Cancel();
        }
    }

    /// <summary>Sends every turn elsewhere.</summary>
    public void LeaveAll()
    {
        foreach (var stream in _outboxes.Values.SelectMany(outbox => outbox.Streams()))
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
            var now = _clock.Advance();
            Ticked?.Invoke(now);
            foreach (var (_, outbox) in _outboxes)
            {
                foreach (var stream in outbox.Streams())
                {
                    if (stream.LoseSilent(now))
                    {
                        log.DecoderSilent(DecoderPulse.Limit.TotalMilliseconds);
                    }
                }

                outbox.Beat(now, BeatAfter);
                if (outbox.TryClose(now, Lease) is { } abandoned)
                {
                    Abandon(outbox, abandoned);
                }
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Abandon(ShardOutbox outbox, IReadOnlyList<ShardStream> abandoned)
    {
        _outboxes.TryRemove(new KeyValuePair<string, ShardOutbox>(outbox.Link, outbox));
        if (abandoned.Count > 0)
        {
            log.LeaseExpired(abandoned.Count, Lease.TotalSeconds);
        }

        foreach (var stream in abandoned)
        {
            stream.Abandon();
        }
    }
}
