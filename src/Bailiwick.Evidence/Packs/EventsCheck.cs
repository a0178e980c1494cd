using Bailiwick.Evidence.Storage;

namespace Bailiwick.Evidence;

/// <summary>
/// That line i of the events is leaf i of the signed tree, and that the tiles are that tree's. Rebuilds the tree from
/// the events in one pass and compares it with the tiles on the way; which of the two is wrong, where they differ, is
/// told by the signed root.
/// </summary>
internal sealed class EventsCheck(IFolder pack, Checkpoint head, PackReport report)
{
    private readonly FolderTileStore _store = new(pack);
    private readonly TileBuilder _rebuilt = new();
    private readonly CompactRange _stored = new();
    private readonly List<Fault> _tileFaults = [];
    private readonly LineRuns _differing = new();
    private readonly TurnLedger _ledger = new(report);
    private ulong _nextTile;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var file = pack.OpenRead(PackNames.Events);
        if (file is null)
        {
            report.Add(new Fault(FaultCode.PackEvents, "is missing", PackNames.Events));
            return;
        }

        await using var close = file.ConfigureAwait(false);
        var lines = new EventLines(file);
        while (await lines.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            Take(lines);
            await CompareAsync(_rebuilt.DrainFull(), cancellationToken).ConfigureAwait(false);
        }

        await CompareAsync(_rebuilt.Partial(), cancellationToken).ConfigureAwait(false);
        await ReadRemainingTilesAsync(cancellationToken).ConfigureAwait(false);
        if (lines.Fault is { } fault)
        {
            report.Add(fault.In(PackNames.Events));
        }

        report.OpenIntents = _ledger.Open;
        Judge();
    }

    private void Take(EventLines lines)
    {
        var hash = TreeHasher.Leaf(lines.Line.Span);
        _rebuilt.Append(hash);
        if (Leaf.TryParse(lines.Line.Span, out var leaf, out var fault))
        {
            _ledger.Add(lines.Number, leaf, hash);
        }
        else
        {
            report.Add(fault.In($"{PackNames.Events}, line {lines.Number}"));
        }
    }

    private async Task CompareAsync(IEnumerable<TileFile> rebuilt, CancellationToken cancellationToken)
    {
        foreach (var tile in rebuilt)
        {
            if (tile.Path.Level == 0)
            {
                await CompareLeavesAsync(tile, cancellationToken).ConfigureAwait(false);
            }
            else if (await ReadTileAsync(tile.Path, cancellationToken).ConfigureAwait(false) is { } stored
                && !stored.Span.SequenceEqual(tile.Content.Span))
            {
                _tileFaults.Add(new Fault(FaultCode.TileHash, "is not the tile of the signed tree", tile.Path.ToString()));
            }
        }
    }

    /// <summary>Compares hash by hash, so that a line can be named; the stored tile may be wider or narrower.</summary>
    private async Task CompareLeavesAsync(TileFile tile, CancellationToken cancellationToken)
    {
        var first = tile.Path.Index * TilePath.FullWidth;
        if (first >= head.Size
            || await ReadLeafTileAsync(tile.Path.Index, cancellationToken).ConfigureAwait(false) is not { } stored)
        {
            return;
        }

        HashTile.TryParse(tile.Path, tile.Content, out var rebuilt, out _);
        var before = _differing.Lines;
        var common = Math.Min(rebuilt!.Hashes.Length, stored.Hashes.Length);
        for (var i = 0; i < common; i++)
        {
            if (rebuilt.Hashes[i] != stored.Hashes[i])
            {
                _differing.Add(first + (ulong)i + 1);
            }
        }

        if (_differing.Lines > before)
        {
            _tileFaults.Add(new Fault(FaultCode.TileHash, "is not the tile of the signed tree", stored.Path.ToString()));
        }
    }

    private async Task ReadRemainingTilesAsync(CancellationToken cancellationToken)
    {
        while (_nextTile * TilePath.FullWidth < head.Size)
        {
            await ReadLeafTileAsync(_nextTile, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The next tile of level 0 as stored; its hashes also go into the root of what is stored.</summary>
    private async Task<HashTile?> ReadLeafTileAsync(ulong index, CancellationToken cancellationToken)
    {
        _nextTile = index + 1;
        var path = TileLayout.Holding(0, index * TilePath.FullWidth, head.Size);
        if (await ReadTileAsync(path, cancellationToken).ConfigureAwait(false) is not { } bytes)
        {
            return null;
        }

        if (!HashTile.TryParse(path, bytes, out var tile, out var fault))
        {
            _tileFaults.Add(fault);
            return null;
        }

        foreach (ref readonly var hash in tile.Hashes)
        {
            _stored.Append(hash);
        }

        return tile;
    }

    private async Task<ReadOnlyMemory<byte>?> ReadTileAsync(TilePath path, CancellationToken cancellationToken)
    {
        var bytes = await _store.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            _tileFaults.Add(new Fault(FaultCode.TileMissing, "is missing", path.ToString()));
        }

        return bytes;
    }

    private void Judge()
    {
        if (_rebuilt.Size == head.Size && _rebuilt.Root() == head.Root)
        {
            _tileFaults.ForEach(report.Add);
            return;
        }

        if (_rebuilt.Size != head.Size)
        {
            report.Add(new Fault(
                FaultCode.PackEvents, $"{_rebuilt.Size} lines where the signed tree has {head.Size} leaves", PackNames.Events));
        }

        // Tiles that give the signed root are right, so each line that differs from them is wrong.
        var areTilesRight = _stored.Size == head.Size && _stored.Root() == head.Root;
        foreach (var (line, count) in _differing.Runs)
        {
            var more = count > 1 ? $", nor are the lines up to {line + count - 1} theirs" : "";
            report.Add(new Fault(FaultCode.PackEvents, $"is not leaf {line - 1} of the signed tree{more}", $"{PackNames.Events}, line {line}"));
        }

        if (_differing.Unnamed > 0)
        {
            report.Add(new Fault(FaultCode.PackEvents, $"{_differing.Unnamed} lines more are not the leaves of the signed tree", PackNames.Events));
        }

        if (!areTilesRight)
        {
            var code = _differing.Lines > 0 || _tileFaults.Count > 0 ? FaultCode.TileHash : FaultCode.PackEvents;
            report.Add(new Fault(code, "events and tiles both do not give the signed root", PackNames.Events));
            _tileFaults.ForEach(report.Add);
        }
    }
}
