using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Shards;

/// <summary>What a turn needs of a replica.</summary>
/// <param name="Zones">Zones that policy allows, the model's permitted zones included.</param>
/// <param name="Tokens">Tokens of prompt and longest answer; 0 = not known yet, which counts as one KV block.</param>
/// <param name="Turn">Id of the turn: it decides between equals, so that a choice can be repeated.</param>
internal sealed record RouteRequest(IReadOnlyCollection<string> Zones, int Tokens, string Turn)
{
    /// <summary>Replicas that this turn has lost already.</summary>
    public IReadOnlyCollection<Replica> Excluded { get; init; } = [];

    /// <summary>CPU class on which the turn began: another one may round differently. Null = any.</summary>
    public string? CpuClass { get; init; }

    /// <summary>Build that must answer; null = the model's.</summary>
    public string? Build { get; init; }
}

/// <summary>Where a turn goes.</summary>
internal abstract record Route;

/// <summary>It starts at once.</summary>
internal sealed record StartRoute(Replica Replica) : Route;

/// <summary>Every replica is full: it waits at the one that is expected to be free first.</summary>
/// <param name="Replica">Where.</param>
/// <param name="Wait">Expected, from measurement; zero where nothing was measured yet.</param>
internal sealed record QueueRoute(Replica Replica, TimeSpan Wait) : Route;

/// <summary>There is no place for it.</summary>
/// <param name="Refusal">`no_replica`, `draining`, `too_large` or `queue`, with a sentence for the caller.</param>
internal sealed record NoRoute(Refusal Refusal) : Route;
