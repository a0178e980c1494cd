using System.Buffers;

namespace Bailiwick.Evidence;

/// <summary>
/// Grows a tiled log: entries go in, tiles come out, and the head is known at each moment. Pure: who calls it stores
/// the tiles, then signs, in this order. Not thread-safe: a log has one sequencer.
/// </summary>
public sealed class TileAppender
{
    private readonly TileBuilder _tiles = new();
    private readonly ArrayBufferWriter<byte> _entries = new();
    private readonly List<TileFile> _bundles = [];

    /// <summary>Leaves so far.</summary>
    public ulong Size => _tiles.Size;

    /// <summary>Root over the leaves so far.</summary>
    public TreeHash Root() => _tiles.Root();

    /// <summary>Goes on where a stored log of <paramref name="size"/> leaves ended. The caller compares the root with the signed one.</summary>
    /// <exception cref="EvidenceMissingException">A tile of the right edge is absent or damaged.</exception>
    public static async Task<TileAppender> ResumeAsync(ITileStore store, ulong size, CancellationToken cancellationToken)
    {
        var appender = new TileAppender();
        var nodes = new TileNodes(store, size);
        List<List<TreeHash>> edge = [];
        for (var level = 0; size >> (level * TilePath.Height) is var hashes and > 0; level++)
        {
            edge.Add([]);
            if (hashes % TilePath.FullWidth > 0)
            {
                var path = TileLayout.Holding(level, hashes - 1, size);
                edge[level].AddRange((await nodes.TileAsync(path, cancellationToken).ConfigureAwait(false)).Hashes);
            }
        }

        appender._tiles.Resume(edge);
        if (size % TilePath.FullWidth > 0)
        {
            var tile = await nodes.TileAsync(TileLayout.Holding(0, size - 1, size), cancellationToken).ConfigureAwait(false);
            var path = tile.Path.Bundle;
            var bundle = await store.ReadAsync(path, cancellationToken).ConfigureAwait(false)
                ?? throw new EvidenceMissingException(new Fault(FaultCode.TileMissing, "is absent", path.ToString()));

            // No root binds these bytes: a damaged entry would be copied into every wider bundle from here on.
            if (EntryBundle.Check(tile, bundle) is { } fault)
            {
                throw new EvidenceMissingException(fault);
            }

            appender._entries.Write(bundle.Span);
        }

        return appender;
    }

    /// <summary>Adds an entry and returns its leaf hash; its index is the size before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The entry is longer than 65,535 bytes.</exception>
    public TreeHash Append(ReadOnlySpan<byte> entry)
    {
        EntryBundle.Append(_entries, entry);
        var hash = TreeHasher.Leaf(entry);
        if (_tiles.Append(hash))
        {
            _bundles.Add(Bundle(TilePath.FullWidth));
            _entries.ResetWrittenCount();
        }

        return hash;
    }

    /// <summary>The tiles that became full since the last call, and the partial ones of the current size.</summary>
    public IReadOnlyList<TileFile> Drain()
    {
        List<TileFile> files = [.. _tiles.DrainFull(), .. _bundles, .. _tiles.Partial()];
        _bundles.Clear();
        if (Size % TilePath.FullWidth is var width and > 0)
        {
            files.Add(Bundle((int)width));
        }

        return files;
    }

    private TileFile Bundle(int width) =>
        new(new TilePath(TilePath.Entries, (Size - 1) / TilePath.FullWidth, width), _entries.WrittenMemory.ToArray());
}
