using Bailiwick.Silo.Shards;
using Orleans.Services;

namespace Bailiwick.Silo.Turns;

/// <summary>A silo's running turns, as the other gateways of the cluster reach them. One in each silo.</summary>
[Alias("bailiwick.running-turns")]
internal interface IRunningTurnsService : IGrainService
{
    /// <summary>What the asking gateway does not have, at the latest after a heartbeat.</summary>
    /// <returns>Null where this silo does not run the turn, or policy does not let it go there.</returns>
    [Alias("read")]
    Task<RunningTurnPart?> ReadAsync(RunningTurnAsk ask, CancellationToken cancellationToken);
}

/// <summary>Who follows which turn, and by way of which gateway.</summary>
[GenerateSerializer, Immutable, Alias("bailiwick.running-turn-ask")]
internal sealed class RunningTurnAsk
{
    /// <summary>Id under which the turn is kept.</summary>
    [Id(0)]
    public required string Kept { get; init; }

    /// <summary>Tokens that the reader has; -1 = not even the start.</summary>
    [Id(1)]
    public required int From { get; init; }

    /// <summary>Zone of the asking gateway, on its word: its own certificate was checked when it started, and calls between silos carry none yet.</summary>
    [Id(2)]
    public required string Zone { get; init; }

    /// <summary>Jurisdiction, class, purpose, tenant of the reader's credential.</summary>
    [Id(3)]
    public required string?[] Label { get; init; }

    /// <summary>Where the reader is; null = not known.</summary>
    [Id(4)]
    public required string? ReaderZone { get; init; }

    /// <summary>What proves it.</summary>
    [Id(5)]
    public required string? ReaderProvenBy { get; init; }
}

/// <summary>A piece of a running turn.</summary>
[GenerateSerializer, Immutable, Alias("bailiwick.running-turn-part")]
internal sealed class RunningTurnPart
{
    /// <summary>A StoredAnswer with tokens, start and length of the prompt alone, in the envelope of every payload between silos.</summary>
    [Id(0)]
    public required ShardPayload Answer { get; init; }

    /// <summary>Whether anything has left; nothing else is said while nothing has.</summary>
    [Id(1)]
    public required bool Started { get; init; }
}
