using System.Buffers;
using System.Runtime.InteropServices;

namespace Bailiwick.Evidence;

/// <summary>A tile to be stored.</summary>
public sealed record TileFile(TilePath Path, ReadOnlyMemory<byte> Content);

/// <summary>
/// Grows a tiled log: entries go in, tiles come out, and the head is known at each moment. Pure: who calls it stores
/// the tiles, then signs, in this order. Not thread-safe: a log has one sequencer.
/// </summary>
public sealed class TileAppender
{
    private readonly CompactRange _range = new();
    private readonly List<List<TreeHash>> _edge = [];
    private readonly ArrayBufferWriter<byte> _entries = new();
    private readonly List<TileFile> _full = [];

    /// <summary>Leaves so far.</summary>
    public ulong Size => _range.Size;

    /// <summary>Root over the leaves so far.</summary>
    public TreeHash Root() => _range.Root();

    /// <summary>Goes on where a stored log of <paramref name="size"/> leaves ended. The caller compares the root with the signed one.</summary>
    /// <exception cref="EvidenceMissingException">A tile of the right edge is absent or damaged.</exception>
    public static async Task<TileAppender> ResumeAsync(ITileStore store, ulong size, CancellationToken cancellationToken)
    {
        var appender = new TileAppender();
        var nodes = new TileNodes(store, size);
        for (var level = 0; size >> (level * TilePath.Height) is var hashes and > 0; level++)
        {
            List<TreeHash> edge = [];
            if (hashes % TilePath.FullWidth > 0)
            {
                var path = TileLayout.Holding(level, hashes - 1, size);
                edge.AddRange((await nodes.TileAsync(path, cancellationToken).ConfigureAwait(false)).Hashes);
            }

            appender._edge.Add(edge);
        }

        for (var level = appender._edge.Count - 1; level >= 0; level--)
        {
            appender._edge[level].ForEach(hash => appender._range.AppendSubtree(level * TilePath.Height, hash));
        }

        if (size % TilePath.FullWidth is var width and > 0)
        {
            var path = new TilePath(TilePath.Entries, size / TilePath.FullWidth, (int)width);
            var bundle = await store.ReadAsync(path, cancellationToken).ConfigureAwait(false)
                ?? throw new EvidenceMissingException(new Fault(FaultCode.TileMissing, "is absent", path.ToString()));
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
        _range.Append(hash);
        Push(0, hash);
        return hash;
    }

    /// <summary>The tiles that became full since the last call, and the partial ones of the current size.</summary>
    public IReadOnlyList<TileFile> Drain()
    {
        List<TileFile> files = [.. _full];
        _full.Clear();
        for (var level = 0; level < _edge.Count; level++)
        {
            if (_edge[level].Count > 0)
            {
                files.Add(Tile(level));
            }
        }

        if (_entries.WrittenCount > 0)
        {
            files.Add(Bundle());
        }

        return files;
    }

    private void Push(int level, in TreeHash hash)
    {
        if (_edge.Count == level)
        {
            _edge.Add([]);
        }

        _edge[level].Add(hash);
        if (_edge[level].Count < TilePath.FullWidth)
        {
            return;
        }

        var tile = Tile(level);
        _full.Add(tile);
        if (level == 0)
        {
            _full.Add(Bundle());
            _entries.ResetWrittenCount();
        }

        HashTile.TryParse(tile.Path, tile.Content, out var full, out _);
        _edge[level].Clear();
        Push(level + 1, full!.Node(TilePath.Height, 0));
    }

    private TileFile Tile(int level)
    {
        var hashes = Size >> (level * TilePath.Height);
        var path = new TilePath(level, (hashes - 1) / TilePath.FullWidth, _edge[level].Count);
        return new TileFile(path, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_edge[level])).ToArray());
    }

    private TileFile Bundle()
    {
        var path = new TilePath(TilePath.Entries, (Size - 1) / TilePath.FullWidth, _edge[0].Count);
        return new TileFile(path, _entries.WrittenMemory.ToArray());
    }
}
