using System.Runtime.InteropServices;

namespace Bailiwick.Evidence;

/// <summary>A tile to be stored or compared.</summary>
public sealed record TileFile(TilePath Path, ReadOnlyMemory<byte> Content);

/// <summary>Turns leaf hashes into hash tiles, in one pass and with at most one unfinished tile for each level.</summary>
internal sealed class TileBuilder
{
    private readonly CompactRange _range = new();
    private readonly List<List<TreeHash>> _edge = [];
    private readonly List<TileFile> _full = [];

    public ulong Size => _range.Size;

    public TreeHash Root() => _range.Root();

    /// <summary>Takes over the right edge of a stored tree, level by level.</summary>
    public void Resume(IReadOnlyList<List<TreeHash>> edge)
    {
        _edge.AddRange(edge);
        for (var level = _edge.Count - 1; level >= 0; level--)
        {
            _edge[level].ForEach(hash => _range.AppendSubtree(level * TilePath.Height, hash));
        }
    }

    /// <summary>True if this leaf completed a tile of level 0.</summary>
    public bool Append(in TreeHash leafHash)
    {
        _range.Append(leafHash);
        Push(0, leafHash);
        return Size % TilePath.FullWidth == 0;
    }

    /// <summary>The tiles that became full since the last call.</summary>
    public IReadOnlyList<TileFile> DrainFull()
    {
        TileFile[] files = [.. _full];
        _full.Clear();
        return files;
    }

    /// <summary>The partial tiles of the current size.</summary>
    public IEnumerable<TileFile> Partial() =>
        Enumerable.Range(0, _edge.Count).Where(level => _edge[level].Count > 0).Select(Tile);

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

        _full.Add(Tile(level));
        var range = new CompactRange();
        _edge[level].ForEach(node => range.Append(node));
        _edge[level].Clear();
        Push(level + 1, range.Root());
    }

    private TileFile Tile(int level)
    {
        var hashes = Size >> (level * TilePath.Height);
        var path = new TilePath(level, (hashes - 1) / TilePath.FullWidth, _edge[level].Count);
        return new TileFile(path, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_edge[level])).ToArray());
    }
}
