using Bailiwick.Residency;

namespace Bailiwick.Silo.Sessions;

/// <summary>A row of `turns`, sealed values as they stand.</summary>
internal sealed record TurnRow
{
    public required string Id { get; init; }

    public string? Conversation { get; init; }

    public string? Previous { get; init; }

    public required string Owner { get; init; }

    public required bool Visible { get; init; }

    /// <summary>SHA-256 of tenant, credential and key; null = none.</summary>
    public byte[]? Idempotency { get; init; }

    public required TurnState State { get; init; }

    public required int Attempt { get; init; }

    public required Label Label { get; init; }

    public required string Model { get; init; }

    public required long Seed { get; init; }

    /// <summary>Id in the records of this attempt; who holds the lease while it runs. No two gateways that run a turn again have the same.</summary>
    public required string Turn { get; init; }

    public required byte[] Request { get; init; }

    public byte[]? Answer { get; init; }

    public string? Code { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Until then its idempotency key names it.</summary>
    public DateTimeOffset? Idempotent { get; init; }

    public required DateTimeOffset Expires { get; init; }

    /// <summary>Key of the grain that gives the lease.</summary>
    public string Line => Conversation ?? Id;

    /// <summary>Bytes of its sealed values.</summary>
    public int Bytes => Request.Length + (Answer?.Length ?? 0);

    public bool HasAnswer => State is TurnState.Completed or TurnState.Incomplete;
}
