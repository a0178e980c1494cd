using System.Runtime.InteropServices;
using Bailiwick.Evidence;

namespace Bailiwick.Silo.Audit;

/// <summary>How far the tree has come: one row of the database.</summary>
/// <param name="Size">Leaves.</param>
/// <param name="Root">Root over them.</param>
/// <param name="Xid">Transaction of the last record in the tree.</param>
/// <param name="Record">Its id. The next one is the first behind both.</param>
/// <param name="Edge">Hashes of the unfinished tiles, level by level.</param>
internal sealed record LogHead(ulong Size, TreeHash Root, ulong Xid, long Record, byte[] Edge)
{
    /// <summary>The edge of a tree from the tiles that an appender gave.</summary>
    public static byte[] EdgeOf(IEnumerable<TileFile> tiles) =>
        [.. tiles.Where(tile => tile.Path is { Level: >= 0, IsFull: false }).OrderBy(tile => tile.Path.Level)
            .SelectMany(tile => MemoryMarshal.ToEnumerable(tile.Content))];

    /// <summary>
    /// An unfinished tile of this tree or of a smaller one: tiles only grow, so it is the beginning of today's. Null where this tree
    /// has it finished, or not at all.
    /// </summary>
    public ReadOnlyMemory<byte>? Unfinished(TilePath path)
    {
        var offset = 0;
        for (var level = 0; level < path.Level; level++)
        {
            offset += WidthAt(level) * TreeHash.Length;
        }

        var isLast = path.Index == (Size >> (path.Level * TilePath.Height)) / TilePath.FullWidth;
        // Not `null`: it would become an empty memory.
        return isLast && path.Width <= WidthAt(path.Level)
            ? Edge.AsMemory(offset, path.Width * TreeHash.Length)
            : default(ReadOnlyMemory<byte>?);
    }

    private int WidthAt(int level) => (int)((Size >> (level * TilePath.Height)) % TilePath.FullWidth);
}
