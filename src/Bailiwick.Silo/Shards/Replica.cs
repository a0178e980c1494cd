using Bailiwick.Residency;

namespace Bailiwick.Silo.Shards;

/// <summary>Where a replica is in its life. Values are on the wire: they only grow.</summary>
[GenerateSerializer, Alias("bailiwick.replica-phase")]
internal enum ReplicaPhase
{
    /// <summary>Published weights are being built.</summary>
    Importing = 1,

    /// <summary>Its decoder starts, verifies and loads, or is being restarted.</summary>
    Loading = 2,

    /// <summary>It decodes.</summary>
    Ready = 3,

    /// <summary>It will not become ready; the reason says why.</summary>
    Failed = 4,
}

/// <summary>One replica of a model as its node reported it. Immutable; holds no payload.</summary>
[GenerateSerializer, Immutable, Alias("bailiwick.replica")]
internal sealed record Replica
{
    /// <summary>Zone id of the policy.</summary>
    [Id(0)]
    public required string Zone { get; init; }

    /// <summary>Machine within the zone.</summary>
    [Id(1)]
    public required string Node { get; init; }

    /// <summary>Name of the model.</summary>
    [Id(2)]
    public required string Model { get; init; }

    /// <summary>Tree digest; empty while importing.</summary>
    [Id(3)]
    public required string Build { get; init; }

    [Id(4)]
    public required ReplicaPhase Phase { get; init; }

    /// <summary>Why it failed or is being restarted; a sentence without payload, empty otherwise.</summary>
    [Id(5)]
    public string Reason { get; init; } = "";

    /// <summary>What its decoder said when it became ready; null before.</summary>
    [Id(6)]
    public ReplicaAbilities? Abilities { get; init; }

    /// <summary>KV blocks that no turn holds.</summary>
    [Id(7)]
    public int KvBlocksFree { get; init; }

    /// <summary>Turns that decode.</summary>
    [Id(8)]
    public int Active { get; init; }

    /// <summary>Turns that wait for blocks.</summary>
    [Id(9)]
    public int Waiting { get; init; }

    /// <summary>Expected wait of a new turn, milliseconds, from measurement; 0 = none.</summary>
    [Id(10)]
    public int ExpectedWaitMs { get; init; }

    /// <summary>The node takes no new turns.</summary>
    [Id(11)]
    public bool Draining { get; init; }

    /// <summary>Address of the reporting silo, with its generation; empty where it is not known.</summary>
    [Id(12)]
    public string Silo { get; init; } = "";

    /// <summary>Place for decisions: the zone is proved by the silo's certificate.</summary>
    public Place Place => Place.In(Zone, Proof.Certificate);
}

/// <summary>What a ready decoder said of itself.</summary>
[GenerateSerializer, Immutable, Alias("bailiwick.replica-abilities")]
internal sealed record ReplicaAbilities
{
    /// <summary>Id of the decoder process in records: node, process id and restart, as one id.</summary>
    [Id(0)]
    public required string Decoder { get; init; }

    /// <summary>SHA-256 over the runtime's libraries, hex.</summary>
    [Id(1)]
    public required string RuntimeDigest { get; init; }

    /// <summary>Machines of one class give the same bits.</summary>
    [Id(2)]
    public required string CpuClass { get; init; }

    [Id(3)]
    public required int ContextTokens { get; init; }

    [Id(4)]
    public required int KvBlocks { get; init; }

    [Id(5)]
    public required int KvBlockTokens { get; init; }

    [Id(6)]
    public required bool Grammar { get; init; }

    [Id(7)]
    public required bool Logprobs { get; init; }

    [Id(8)]
    public required int MaxTopLogprobs { get; init; }

    [Id(9)]
    public required bool ChatTemplate { get; init; }
}
