namespace Bailiwick.Silo.Shards;

/// <summary>A machine of the cluster.</summary>
internal readonly record struct NodeName(string Zone, string Node);

/// <summary>What the cluster is meant to serve, and which nodes are drained.</summary>
internal interface IDesiredReplicas
{
    /// <summary>Names of all models that some node is meant to serve, each once.</summary>
    Task<IReadOnlyList<string>> ModelsAsync(CancellationToken cancellationToken);

    /// <summary>Makes these the models of a node; what it had before is forgotten.</summary>
    /// <param name="node">The node.</param>
    /// <param name="sources">Path of each model's source, by name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task StateAsync(NodeName node, IReadOnlyDictionary<string, string> sources, CancellationToken cancellationToken);

    /// <summary>Keeps a catalogue entry for evidence packs. May be repeated.</summary>
    /// <param name="content">The entry's bytes, 1 to 1 MiB.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task KeepEntryAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Nodes that take no new turns.</summary>
    Task<IReadOnlySet<NodeName>> DrainsAsync(CancellationToken cancellationToken);
}
