using System.Runtime.CompilerServices;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Silo.Shards;

/// <summary>One turn on its worker: batches of whatever is ready, heartbeats between them, and the gateway's lease.</summary>
internal sealed class ShardStream : IDisposable
{
    /// <summary>Most tokens of one batch; a resumed turn's backlog leaves in several.</summary>
    private const int MostTokens = 64;

    private readonly CancellationTokenSource _ending = new();
    private readonly List<DecodedToken> _ready = new(8);
    private WatchedStream<TurnEvent>? _events;
    private Action? _release;
    private double _lastItem;
    private double _lastTokens;
    private bool _lost;
    private double _lease;

    /// <param name="call">Id of the call.</param>
    /// <param name="now">Time of its receipt, on the watchdog's clock.</param>
    public ShardStream(string call, double now) => (Call, _lastItem, _lease) = (call, now, now);

    public string Call { get; }

    /// <summary>Fires when the turn is to end.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Of the decoder that runs the turn; null before it does.</summary>
    public DecoderPulse? Decoder { get; set; }

    /// <summary>The gateway is there and wants the turn.</summary>
    public void Renew(double now) => Volatile.Write(ref _lease, now);

    /// <summary>Whether the lease is older than this.</summary>
    public bool IsAbandoned(double now, TimeSpan limit) => now - Volatile.Read(ref _lease) > limit.TotalMilliseconds;

    /// <summary>Ends the turn within a step. Any number of times.</summary>
    public void Cancel()
    {
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>What to do once when the turn no longer holds anything here.</summary>
    public void OnRelease(Action release) => Volatile.Write(ref _release, release);

    /// <summary>Gives back what the turn holds in our books. Any number of times, from any thread.</summary>
    public void Release() => Interlocked.Exchange(ref _release, null)?.Invoke();

    /// <summary>Ends the stream with Leaving.</summary>
    public void Leave() => Volatile.Read(ref _events)?.Signal(WaitEnd.Leave);

    /// <summary>Ends the stream with Silent where its decoder gives neither heartbeats nor tokens.</summary>
    /// <returns>True for the first time.</returns>
    public bool LoseSilent(double now)
    {
        if (Decoder is not { IsSilent: true } || now - Volatile.Read(ref _lastTokens) <= DecoderPulse.Limit.TotalMilliseconds)
        {
            return false;
        }

        Volatile.Read(ref _events)?.Signal(WaitEnd.Missed);
        var first = !_lost;
        _lost = true;
        return first;
    }

    /// <summary>Gives a heartbeat where the stream waits and has said nothing since <paramref name="interval"/>.</summary>
    public void Beat(double now, TimeSpan interval)
    {
        if (now - Volatile.Read(ref _lastItem) >= interval.TotalMilliseconds && Volatile.Read(ref _events) is { IsWaiting: true } events)
        {
            Volatile.Write(ref _lastItem, now);
            events.Signal(WaitEnd.Beat);
        }
    }

    /// <summary>Reads a turn to its end.</summary>
    /// <param name="turn">Ends soon after <see cref="Ending"/> has fired.</param>
    /// <param name="clock">The watchdog's.</param>
    /// <param name="started">Told how many KV blocks the turn holds.</param>
    /// <param name="cancellationToken">Ends the turn.</param>
    public async IAsyncEnumerable<ShardBatch> ReadAsync(
        IAsyncEnumerable<TurnEvent> turn, StallClock clock, Action<Started> started,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var cancelling = cancellationToken.UnsafeRegister(static stream => ((ShardStream)stream!).Cancel(), this);
        var events = new WatchedStream<TurnEvent>(turn.GetAsyncEnumerator(CancellationToken.None));
        Volatile.Write(ref _events, events);
        try
        {
            while (true)
            {
                if (!events.TryStep())
                {
                    if (_ready.Count > 0)
                    {
                        yield return TakeReady(clock);
                    }

                    while (await events.WaitAsync() is var end && end != WaitEnd.Arrived)
                    {
                        yield return end switch
                        {
                            WaitEnd.Leave => ShardBatch.Leaving,
                            WaitEnd.Missed => ShardBatch.Silent,
                            _ => ShardBatch.Alive,
                        };
                        if (end is WaitEnd.Leave or WaitEnd.Missed)
                        {
                            yield break;
                        }
                    }
                }

                if (!events.Take())
                {
                    yield break;
                }

                var next = events.Current;
                switch (next.Kind)
                {
                    case TurnEventKind.Token:
                        _ready.Add(next.Token);
                        if (_ready.Count == MostTokens)
                        {
                            yield return TakeReady(clock);
                        }

                        break;
                    case TurnEventKind.Started:
                        started(next.Started!);
                        yield return ShardBatch.Of(next.Started!);
                        break;
                    case TurnEventKind.Finished:
                        if (_ready.Count > 0)
                        {
                            yield return TakeReady(clock);
                        }

                        yield return ShardBatch.Of(next.Finished!, null);
                        break;
                }
            }
        }
        finally
        {
            // The link ends the turn within its bound, so the wait for a step that was begun is bounded too.
            Cancel();
            Volatile.Write(ref _events, null);
            await events.DisposeAsync();
        }
    }

    public void Dispose() => _ending.Dispose();

    private ShardBatch TakeReady(StallClock clock)
    {
        var batch = ShardBatch.Of([.. _ready]);
        _ready.Clear();
        Volatile.Write(ref _lastItem, clock.Now);
        Volatile.Write(ref _lastTokens, clock.Now);
        return batch;
    }
}
