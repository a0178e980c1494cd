namespace Bailiwick.Evidence;

/// <summary>Which tiles a tree of some size has.</summary>
public static class TileLayout
{
    /// <summary>All hash tiles of a tree of <paramref name="size"/> leaves: level by level, from the left.</summary>
    public static IEnumerable<TilePath> Tiles(ulong size)
    {
        for (var level = 0; size > 0; level++, size >>= TilePath.Height)
        {
            var full = size / TilePath.FullWidth;
            for (var index = 0UL; index < full; index++)
            {
                yield return new TilePath(level, index, TilePath.FullWidth);
            }

            if (size % TilePath.FullWidth is var width and > 0)
            {
                yield return new TilePath(level, full, (int)width);
            }
        }
    }

    /// <summary>All entry bundles of a tree of <paramref name="size"/> leaves, from the left.</summary>
    public static IEnumerable<TilePath> Bundles(ulong size) =>
        Tiles(size).TakeWhile(tile => tile.Level == 0).Select(tile => tile.Bundle);

    /// <summary>The tile that holds hash <paramref name="index"/> of <paramref name="level"/> in a tree of that size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tree has no such hash.</exception>
    public static TilePath Holding(int level, ulong index, ulong size)
    {
        var hashes = size >> (level * TilePath.Height);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, hashes);
        var tile = index / TilePath.FullWidth;
        var width = Math.Min(hashes - (tile * TilePath.FullWidth), TilePath.FullWidth);
        return new TilePath(level, tile, (int)width);
    }
}
