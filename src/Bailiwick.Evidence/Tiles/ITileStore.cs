namespace Bailiwick.Evidence;

/// <summary>
/// Where tiles and entry bundles lie. A tile never changes: writing the same bytes again does nothing, writing other
/// bytes is refused. A store is not trusted: whoever reads checks against a signed checkpoint.
/// </summary>
public interface ITileStore
{
    /// <summary>The bytes of a tile, owned by the caller; null if it is absent.</summary>
    /// <exception cref="IOException">The store cannot be read.</exception>
    ValueTask<ReadOnlyMemory<byte>?> ReadAsync(TilePath path, CancellationToken cancellationToken);

    /// <summary>Keeps a tile. The bytes are copied or written before this returns.</summary>
    /// <exception cref="InvalidOperationException">There is a tile of that name with other bytes.</exception>
    /// <exception cref="IOException">The store cannot be written.</exception>
    ValueTask WriteAsync(TilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);
}
