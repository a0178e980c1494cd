namespace Bailiwick.Silo.Cluster;

/// <summary>Why a shard has no place. Values are on the wire: they only grow.</summary>
[GenerateSerializer, Alias("bailiwick.shard-placement-fault")]
internal enum ShardPlacementFault
{
    /// <summary>The key is not `zone/node/build/stage`.</summary>
    MalformedKey = 1,

    /// <summary>No active worker of this cluster is the key's node.</summary>
    NoSuchNode = 2,
}

/// <summary>A grain's key names no silo of this cluster. Reaches the caller on any silo as this type; holds no key.</summary>
[GenerateSerializer, Alias("bailiwick.shard-placement-exception")]
internal sealed class ShardPlacementException(ShardPlacementFault fault) : Exception(Sentence(fault))
{
    [Id(0)]
    public ShardPlacementFault Fault { get; } = fault;

    private static string Sentence(ShardPlacementFault fault) => fault switch
    {
        ShardPlacementFault.NoSuchNode => "No silo of this cluster is the node that the shard's key names.",
        _ => "The shard's key is not zone/node/build/stage.",
    };
}
