using System.Collections.Concurrent;

namespace Bailiwick.Silo.Shards;

/// <summary>The turns that this gateway runs on shards: one timer watches all of them and renews their leases.</summary>
internal sealed class ShardCalls(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(125);
    private const int TicksPerRenewal = 8;

    private readonly ConcurrentDictionary<string, ShardCall> _calls = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private int _ticks;

    public StallClock Clock { get; } = new(time, Tick);

    /// <summary>Calls that have not ended.</summary>
    public int Count => _calls.Count;

    /// <summary>Begins the ticks.</summary>
    public void Start() => _timer = time.CreateTimer(_ => OnTick(), null, Tick, Tick);

    public void Add(ShardCall call) => _calls.TryAdd(call.Id, call);

    public void Remove(ShardCall call) => _calls.TryRemove(call.Id, out _);

    /// <summary>Membership declared these silos dead.</summary>
    public void Dead(IReadOnlySet<string> silos)
    {
        foreach (var (_, call) in _calls)
        {
            if (silos.Contains(call.Replica.Silo))
            {
                call.Dead();
            }
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
            foreach (var (_, call) in _calls)
            {
                call.OnTick(now);
            }

            if (++_ticks % TicksPerRenewal == 0)
            {
                Renew();
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Renew()
    {
        foreach (var shard in _calls.Values.Where(call => !call.IsCancelled).GroupBy(call => call.Grain))
        {
            shard.Key.RenewAsync([.. shard.Select(call => call.Id)], CancellationToken.None).Ignore();
        }
    }
}
