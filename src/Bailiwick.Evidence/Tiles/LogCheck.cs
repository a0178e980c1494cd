namespace Bailiwick.Evidence;

/// <summary>Checks the stored tiles and entry bundles of a log against its signed head, and names each that is damaged.</summary>
public sealed class LogCheck(ITileStore store, Checkpoint head)
{
    private readonly TileBuilder _rebuilt = new();
    private readonly List<Fault> _faults = [];

    /// <summary>Reads everything once.</summary>
    /// <param name="withBundles">False for a store of hash tiles only, such as a pack's.</param>
    /// <param name="cancellationToken">Stops between tiles.</param>
    public async Task<IReadOnlyList<Fault>> RunAsync(bool withBundles, CancellationToken cancellationToken)
    {
        foreach (var path in TileLayout.Tiles(head.Size).TakeWhile(path => path.Level == 0))
        {
            if (await ReadAsync(path, cancellationToken).ConfigureAwait(false) is not { } tile)
            {
                // Without one tile of level 0 nothing above or right of it can be rebuilt.
                return _faults;
            }

            foreach (var hash in tile.Hashes)
            {
                _rebuilt.Append(hash);
            }

            if (withBundles)
            {
                await CheckBundleAsync(tile, cancellationToken).ConfigureAwait(false);
            }

            await CompareAsync(_rebuilt.DrainFull(), cancellationToken).ConfigureAwait(false);
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
