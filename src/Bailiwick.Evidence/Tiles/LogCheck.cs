namespace Bailiwick.Evidence;

/// <summary>
/// Checks the stored tiles and entry bundles of a log against its signed head, and names each that is damaged. Where two do not fit each
/// other, the head decides: the lowest level whose tiles give its root is sound, tiles above must be made of it, tiles and bundles below
/// must give its hashes. What stands below a damaged or absent tile of those is told when that one is mended.
/// One run; keeps 32 bytes for each tile.
/// </summary>
public sealed class LogCheck(ITileStore store, Checkpoint head)
{
    /// <summary>Roots of the full tiles that could be read.</summary>
    private readonly Dictionary<TilePath, TreeHash> _roots = [];

    /// <summary>Hashes of the unfinished tile of each level; null where it could not be read.</summary>
    private readonly List<TreeHash[]?> _edge = [];

    /// <summary>Tiles of level 0 whose bundle holds other entries, with the hashes of those.</summary>
    private readonly Dictionary<TilePath, (TreeHash[] Entries, Fault Fault)> _disputes = [];

    /// <summary>Tiles below the sound level that nothing vouches for.</summary>
    private readonly HashSet<TilePath> _untold = [];

    private readonly List<Fault> _faults = [];

    /// <summary>Reads bundles and tiles of level 0 once, the others twice.</summary>
    /// <param name="withBundles">False for a store of hash tiles only, such as a pack's.</param>
    /// <param name="cancellationToken">Stops between tiles.</param>
    public async Task<IReadOnlyList<Fault>> RunAsync(bool withBundles, CancellationToken cancellationToken)
    {
        await ReadAllAsync(withBundles, cancellationToken).ConfigureAwait(false);
        var sound = SoundLevel();
        if (sound is null && SettleEdge())
        {
            sound = SoundLevel();
        }

        if (sound is { } level)
        {
            for (var above = level + 1; above < _edge.Count; above++)
            {
                await RiseAsync(above, cancellationToken).ConfigureAwait(false);
            }

            for (; level > 0; level--)
            {
                await DescendAsync(level, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            await ComparePairsAsync(cancellationToken).ConfigureAwait(false);
        }

        _faults.AddRange(_disputes.Values.Select(dispute => dispute.Fault));
        if (sound is null && RootOver(0) is not null)
        {
            // Where all others fit each other, it is the unfinished tile of level 0, which no tile above holds.
            var last = Tiles(0).LastOrDefault();
            var place = _faults.Count == 0 && last.Width is > 0 and < TilePath.FullWidth ? last.ToString() : "tile/0";
            _faults.Add(new Fault(FaultCode.TileHash, "the tiles of level 0 do not give the signed root", place));
        }

        return _faults;
    }

    private async Task ReadAllAsync(bool withBundles, CancellationToken cancellationToken)
    {
        foreach (var path in TileLayout.Tiles(head.Size))
        {
            if (_edge.Count == path.Level)
            {
                _edge.Add([]);
            }

            var tile = await ReadAsync(path, cancellationToken).ConfigureAwait(false);
            if (!path.IsFull)
            {
                _edge[path.Level] = tile?.Hashes.ToArray();
            }
            else if (tile is not null)
            {
                _roots.Add(path, tile.Node(TilePath.Height, 0));
            }

            if (withBundles && path.Level == 0 && tile is not null)
            {
                await CheckBundleAsync(tile, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task CheckBundleAsync(HashTile tile, CancellationToken cancellationToken)
    {
        var path = tile.Path.Bundle;
        if (await store.ReadAsync(path, cancellationToken).ConfigureAwait(false) is not { } bundle)
        {
            _faults.Add(new Fault(FaultCode.TileMissing, "is missing", path.ToString()));
            return;
        }

        if (!EntryBundle.TryParse(path, bundle, out var entries, out var fault))
        {
            _faults.Add(fault);
            return;
        }

        TreeHash[] hashes = [.. entries.Select(entry => TreeHasher.Leaf(entry.Span))];
        var same = hashes.AsSpan().CommonPrefixLength(tile.Hashes);
        if (same < hashes.Length)
        {
            _disputes.Add(tile.Path, (hashes, new Fault(FaultCode.BundleEntries, $"entry {same} is not the one that was hashed", path.ToString())));
        }
    }

    /// <summary>The lowest level whose tiles give the signed root; null where none does.</summary>
    private int? SoundLevel() => Enumerable.Range(0, Math.Max(1, _edge.Count)).Cast<int?>().FirstOrDefault(level => RootOver(level!.Value) == head.Root);

    /// <summary>Root by the tiles of a level and, right of them, the unfinished ones of the levels below; null where one is absent.</summary>
    private TreeHash? RootOver(int level)
    {
        var range = new CompactRange();
        foreach (var path in Tiles(level).Where(path => path.IsFull))
        {
            if (!_roots.TryGetValue(path, out var root))
            {
                return null;
            }

            range.AppendSubtree((level + 1) * TilePath.Height, root);
        }

        for (var below = Math.Min(level, _edge.Count - 1); below >= 0; below--)
        {
            if (_edge[below] is not { } hashes)
            {
                return null;
            }

            foreach (var hash in hashes)
            {
                range.AppendSubtree(below * TilePath.Height, hash);
            }
        }

        return range.Root();
    }

    /// <summary>Whether the last tile of level 0, which no tile holds, is damaged and its bundle gives the signed root.</summary>
    private bool SettleEdge()
    {
        var edge = _disputes.Keys.SingleOrDefault(path => !path.IsFull);
        if (edge == default)
        {
            return false;
        }

        var stored = _edge[0];
        _edge[0] = _disputes[edge].Entries;
        if (SoundLevel() is null)
        {
            _edge[0] = stored;
            return false;
        }

        _disputes.Remove(edge);
        _faults.Add(new Fault(FaultCode.TileHash, "is not made of the entries of its bundle", edge.ToString()));
        return true;
    }

    /// <summary>The tiles of a level must be made of those below, which are right.</summary>
    private async Task RiseAsync(int level, CancellationToken cancellationToken)
    {
        foreach (var path in Tiles(level))
        {
            TreeHash[] right = [.. Enumerable.Range(0, path.Width).Select(i => _roots[Below(path, i)])];
            if (await ReadAgainAsync(path, cancellationToken).ConfigureAwait(false) is { } tile && !tile.Hashes.SequenceEqual(right))
            {
                _faults.Add(new Fault(FaultCode.TileHash, "is not made of the tiles below it", path.ToString()));
            }

            if (path.IsFull)
            {
                _roots[path] = RootOf(right);
            }
        }
    }

    /// <summary>The tiles below a level must give its hashes, which are right where a tile above vouches for them.</summary>
    private async Task DescendAsync(int level, CancellationToken cancellationToken)
    {
        foreach (var path in Tiles(level))
        {
            var tile = _untold.Contains(path) ? null : await ReadAgainAsync(path, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < path.Width; i++)
            {
                var below = Below(path, i);
                var isRead = _roots.TryGetValue(below, out var root);
                if (isRead && root == tile?.Hashes[i])
                {
                    continue;
                }

                _untold.Add(below);
                if (isRead && tile is not null)
                {
                    _faults.Add(new Fault(FaultCode.TileHash, "does not give its hash in the tile above it", below.ToString()));
                    SettleBundle(below, tile.Hashes[i]);
                }
            }
        }
    }

    /// <summary>The bundle beside a damaged tile is right if it gives the hash that the tile should.</summary>
    private void SettleBundle(TilePath path, TreeHash right)
    {
        if (_disputes.TryGetValue(path, out var dispute) && RootOf(dispute.Entries) == right)
        {
            _disputes.Remove(path);
        }
    }

    /// <summary>No level gives the signed root: which of two is right, nothing says.</summary>
    private async Task ComparePairsAsync(CancellationToken cancellationToken)
    {
        foreach (var path in TileLayout.Tiles(head.Size).Where(path => path.Level > 0))
        {
            var tile = await ReadAgainAsync(path, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < tile?.Hashes.Length; i++)
            {
                var below = Below(path, i);
                if (_roots.TryGetValue(below, out var root) && root != tile.Hashes[i])
                {
                    _faults.Add(new Fault(FaultCode.TileHash, $"hash {i} is not that of {below}: one of the two is damaged", path.ToString()));
                }
            }
        }
    }

    private IEnumerable<TilePath> Tiles(int level) => TileLayout.Tiles(head.Size).Where(path => path.Level == level);

    private static TilePath Below(TilePath path, int i) =>
        new(path.Level - 1, (path.Index * TilePath.FullWidth) + (ulong)i, TilePath.FullWidth);

    private static TreeHash RootOf(TreeHash[] hashes)
    {
        var range = new CompactRange();
        Array.ForEach(hashes, hash => range.Append(hash));
        return range.Root();
    }

    /// <summary>What is wrong with reading it was said the first time.</summary>
    private async Task<HashTile?> ReadAgainAsync(TilePath path, CancellationToken cancellationToken) =>
        await store.ReadAsync(path, cancellationToken).ConfigureAwait(false) is { } bytes && HashTile.TryParse(path, bytes, out var tile, out _)
            ? tile
            : null;

    private async Task<HashTile?> ReadAsync(TilePath path, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(path, cancellationToken).ConfigureAwait(false) is not { } bytes)
        {
            _faults.Add(new Fault(FaultCode.TileMissing, "is missing", path.ToString()));
            return null;
        }

        if (!HashTile.TryParse(path, bytes, out var tile, out var fault))
        {
            _faults.Add(fault);
        }

        return tile;
    }
}
