namespace Bailiwick.Evidence;

/// <summary>
/// Checks the stored tiles and entry bundles of a log against its signed head, and names each that is damaged. Where a
/// tile of level 0 is missing, the tiles above it cannot be told right from wrong and are only looked for.
/// </summary>
public sealed class LogCheck(ITileStore store, Checkpoint head)
{
    private readonly TileBuilder _rebuilt = new();
    private readonly List<Fault> _faults = [];

    /// <summary>Reads everything once.</summary>
    /// <param name="withBundles">False for a store of hash tiles only, such as a pack's.</param>
    /// <param name="cancellationToken">Stops between tiles.</param>
    public async Task<IReadOnlyList<Fault>> RunAsync(bool withBundles, CancellationToken cancellationToken)
    {
        var isWhole = true;
        foreach (var path in TileLayout.Tiles(head.Size).TakeWhile(path => path.Level == 0))
        {
            if (await ReadAsync(path, cancellationToken).ConfigureAwait(false) is not { } tile)
            {
                isWhole = false;
                continue;
            }

            if (withBundles)
            {
                await CheckBundleAsync(tile, cancellationToken).ConfigureAwait(false);
            }

            if (isWhole)
            {
                foreach (var hash in tile.Hashes)
                {
                    _rebuilt.Append(hash);
                }

                await CompareAsync(_rebuilt.DrainFull(), cancellationToken).ConfigureAwait(false);
            }
        }

        if (!isWhole)
        {
            await LookForAsync(TileLayout.Tiles(head.Size).Where(path => path.Level > 0), cancellationToken).ConfigureAwait(false);
            return _faults;
        }

        await CompareAsync(_rebuilt.Partial(), cancellationToken).ConfigureAwait(false);
        if (_rebuilt.Root() != head.Root)
        {
            _faults.Add(new Fault(FaultCode.TileHash, "the tiles of level 0 do not give the signed root", "tile/0"));
        }

        return _faults;
    }

    private async Task CheckBundleAsync(HashTile tile, CancellationToken cancellationToken)
    {
        var path = tile.Path.Bundle;
        if (await store.ReadAsync(path, cancellationToken).ConfigureAwait(false) is not { } bundle)
        {
            _faults.Add(new Fault(FaultCode.TileMissing, "is missing", path.ToString()));
        }
        else if (EntryBundle.Check(tile, bundle) is { } fault)
        {
            _faults.Add(fault);
        }
    }

    /// <summary>Faults of tiles that were compared before stand in the list already.</summary>
    private async Task LookForAsync(IEnumerable<TilePath> paths, CancellationToken cancellationToken)
    {
        var named = _faults.Select(fault => fault.Place).ToHashSet();
        foreach (var path in paths.Where(path => !named.Contains(path.ToString())))
        {
            await ReadAsync(path, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CompareAsync(IEnumerable<TileFile> rebuilt, CancellationToken cancellationToken)
    {
        foreach (var tile in rebuilt.Where(tile => tile.Path.Level > 0))
        {
            var stored = await store.ReadAsync(tile.Path, cancellationToken).ConfigureAwait(false);
            if (stored is null)
            {
                _faults.Add(new Fault(FaultCode.TileMissing, "is missing", tile.Path.ToString()));
            }
            else if (!stored.Value.Span.SequenceEqual(tile.Content.Span))
            {
                _faults.Add(new Fault(FaultCode.TileHash, "is not made of the tiles below it", tile.Path.ToString()));
            }
        }
    }

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
