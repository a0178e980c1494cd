namespace Bailiwick.Silo.Shards;

/// <summary>
/// How long a new turn of a replica would wait, from the turns that it has served: Little's law over the mean time that a turn holds
/// its blocks. Pure; one owner.
/// </summary>
internal sealed class WaitEstimate
{
    /// <summary>Turns that may wait; beyond it a new one is refused whatever is expected.</summary>
    public const int MostWaiting = 256;

    /// <summary>Longest wait that is promised to a new turn.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>Shortest advice to come back: less than a second is no relief.</summary>
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromSeconds(1);

    /// <summary>Weight of the latest turn: the mean follows a change of load within about ten turns.</summary>
    private const double Weight = 0.2;

    private double _meanMs;
    private double _meanBlocks;

    /// <summary>A turn has ended.</summary>
    /// <param name="service">From the reservation of its blocks to its end.</param>
    /// <param name="blocks">KV blocks that it held.</param>
    public void Served(TimeSpan service, int blocks)
    {
        var first = _meanMs == 0;
        _meanMs = first ? Math.Max(service.TotalMilliseconds, double.Epsilon) : _meanMs + Weight * (service.TotalMilliseconds - _meanMs);
        _meanBlocks = first ? blocks : _meanBlocks + Weight * (blocks - _meanBlocks);
    }

    /// <summary>Expected wait of a new turn of the usual size; zero where it would start at once or nothing was measured yet.</summary>
    public TimeSpan Expected(in ReplicaLoad load)
    {
        // Of those that wait some are only about to begin: a burst that an idle replica can take at once is no queue.
        var starting = Math.Max(0, Math.Min(load.MostActive - load.Active, (int)(load.KvBlocksFree / Math.Max(1, _meanBlocks))));
        var ahead = load.Waiting + 1 - starting;
        return ahead <= 0
            ? TimeSpan.Zero
            : TimeSpan.FromMilliseconds(Math.Min(int.MaxValue, ahead * _meanMs / Math.Max(1, load.Active + starting)));
    }

    /// <summary>When it is worth coming back; null where a new turn is taken now.</summary>
    public TimeSpan? Refuse(in ReplicaLoad load)
    {
        var expected = Expected(load);
        if (load.Waiting < MostWaiting && expected <= Longest)
        {
            return null;
        }

        // One place more in the queue is free after one turn; a wait that is short enough again, after the excess.
        var relief = expected > Longest ? expected - Longest : TimeSpan.FromMilliseconds(_meanMs / Math.Max(1, load.Active));
        return relief > ShortestRetry ? relief : ShortestRetry;
    }
}

/// <summary>What a replica holds at one moment.</summary>
/// <param name="Waiting">Turns without blocks.</param>
/// <param name="Active">Turns with blocks.</param>
/// <param name="KvBlocksFree">Blocks that no turn holds.</param>
/// <param name="MostActive">Turns that its decoder steps at a time.</param>
internal readonly record struct ReplicaLoad(int Waiting, int Active, int KvBlocksFree, int MostActive);
