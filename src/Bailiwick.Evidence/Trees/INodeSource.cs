namespace Bailiwick.Evidence;

/// <summary>Gives the roots of complete subtrees, from which every proof is made.</summary>
public interface INodeSource
{
    /// <summary>Root of the leaves [index * 2^height, (index + 1) * 2^height), all of which exist.</summary>
    /// <exception cref="EvidenceMissingException">The node cannot be had: a tile is absent or has another length.</exception>
    ValueTask<TreeHash> NodeAsync(int height, ulong index, CancellationToken cancellationToken);
}

/// <summary>A log that cannot give what its signed size promises: a tile is absent or cut. Storage is damaged.</summary>
public sealed class EvidenceMissingException(Fault fault) : Exception(fault.ToString())
{
    /// <summary>What is missing, and where.</summary>
    public Fault Fault { get; } = fault;
}
