namespace Bailiwick.Evidence;

/// <summary>
/// Nodes of a tree of one size, read from its tiles. Keeps the tiles it has read (8 KiB each, at most
/// <see cref="MaxKept"/>). Not thread-safe. It does not check hashes: the proof that is made does.
/// </summary>
public sealed class TileNodes(ITileStore store, ulong size) : INodeSource
{
    /// <summary>Tiles kept in memory before it forgets them all.</summary>
    public const int MaxKept = 1024;

    private readonly Dictionary<TilePath, HashTile> _kept = [];

    public async ValueTask<TreeHash> NodeAsync(int height, ulong index, CancellationToken cancellationToken)
    {
        var level = height / TilePath.Height;
        var inside = height % TilePath.Height;
        var first = index << inside;
        var tile = await TileAsync(TileLayout.Holding(level, first, size), cancellationToken).ConfigureAwait(false);
        return tile.Node(inside, (int)(first % TilePath.FullWidth) >> inside);
    }

    /// <summary>A tile of this tree.</summary>
    /// <exception cref="EvidenceMissingException">It is absent or has another length.</exception>
    public async ValueTask<HashTile> TileAsync(TilePath path, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(path, out var tile))
        {
            return tile;
        }

        var bytes = await store.ReadAsync(path, cancellationToken).ConfigureAwait(false)
            ?? throw new EvidenceMissingException(new Fault(FaultCode.TileMissing, "is absent", path.ToString()));
        if (!HashTile.TryParse(path, bytes, out tile, out var fault))
        {
            throw new EvidenceMissingException(fault);
        }

        if (_kept.Count >= MaxKept)
        {
            _kept.Clear();
        }

        return _kept[path] = tile;
    }
}
