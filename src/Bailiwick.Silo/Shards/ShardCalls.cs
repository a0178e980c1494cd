using System.Collections.Concurrent;
using System.Globalization;

namespace Bailiwick.Silo.Shards;

/// <summary>The turns that this gateway runs on shards, a link per shard: one timer watches all of them.</summary>
internal sealed class ShardCalls(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(125);

    private readonly ConcurrentDictionary<(string Silo, string Shard), ShardLink> _links = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _numbers;

    public StallClock Clock { get; } = new(time, Tick);

    /// <summary>Turns that have not ended.</summary>
    public int Count => _links.Values.Sum(link => link.Count);

    /// <summary>Begins the ticks.</summary>
    public void Start() => _timer = time.CreateTimer(_ => OnTick(), null, Tick, Tick);

    /// <summary>A new turn on a shard, over the link that is there or a new one; the caller starts and disposes it.</summary>
    /// <param name="origin">Of this gateway, unique in the cluster.</param>
    /// <param name="silo">Address of the worker.</param>
    /// <param name="shard">Key of the shard.</param>
    /// <param name="wire">Makes the way to it.</param>
    public (ShardLink Link, ShardCall Call) Open(string origin, string silo, string shard, Func<IShardWire> wire)
    {
        while (true)
        {
            if (_links.TryGetValue((silo, shard), out var known))
            {
                if (known.TryOpen() is { } call)
                {
                    return (known, call);
                }

                _links.TryRemove(new((silo, shard), known));
            }

            var id = string.Create(CultureInfo.InvariantCulture, $"{origin}/{Interlocked.Increment(ref _numbers)}");
            var link = new ShardLink(id, silo, wire(), Clock);
            if (_links.TryAdd((silo, shard), link))
            {
                // Not in the context of whoever came first: the link serves others too.
                _ = Task.Run(() => link.RunAsync(_stopping.Token), CancellationToken.None);
            }
        }
    }

    /// <summary>Membership declared these silos dead.</summary>
    public void Dead(IReadOnlySet<string> silos)
    {
        foreach (var (_, link) in _links)
        {
            if (silos.Contains(link.Silo))
            {
                link.Lose(ShardLoss.DeclaredDead);
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
            foreach (var entry in _links)
            {
                entry.Value.OnTick(now);
                if (entry.Value.IsClosed && entry.Value.Count == 0)
                {
                    _links.TryRemove(entry);
                }
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _stopping.Cancel();
        _stopping.Dispose();
    }
}
