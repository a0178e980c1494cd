using Bailiwick.Evidence;
using Npgsql;

namespace Bailiwick.Silo.Audit;

/// <summary>Takes waiting records into the tree. Keeps the tree's right edge between two calls, as long as nobody else moves the head.</summary>
internal sealed class TreeWriter(NpgsqlDataSource source, ITileStore tiles)
{
    private TileAppender? _appender;

    /// <summary>Moves the head over the records that wait, at most <see cref="LogTable.MaxRecords"/>.</summary>
    /// <returns>True if there may be more of them.</returns>
    /// <exception cref="EvidenceMissingException">The tree in PostgreSQL is damaged.</exception>
    public async Task<bool> AppendAsync(CancellationToken cancellationToken)
    {
        var head = await LogTable.HeadAsync(source, cancellationToken);
        var records = await LogTable.WaitingAsync(source, head, cancellationToken);
        if (records.Count == 0)
        {
            return false;
        }

        var appender = await AtAsync(head, cancellationToken);
        // Until it is committed nobody knows whether this edge is the log's.
        _appender = null;
        foreach (var record in records)
        {
            appender.Append(record.Leaf);
        }

        var files = appender.Drain();
        var next = new LogHead(appender.Size, appender.Root(), records[^1].Xid, records[^1].Id, LogHead.EdgeOf(files));
        if (await LogTable.TryMoveAsync(source, head, next, files, records, cancellationToken))
        {
            _appender = appender;
        }

        return records.Count == LogTable.MaxRecords || _appender is null;
    }

    private async Task<TileAppender> AtAsync(LogHead head, CancellationToken cancellationToken)
    {
        var appender = _appender is { } kept && kept.Size == head.Size ? kept : await TileAppender.ResumeAsync(tiles, head.Size, cancellationToken);
        return appender.Root() == head.Root
            ? appender
            : throw new EvidenceMissingException(new Fault(FaultCode.TileHash, $"the tiles do not give the root of the head of {head.Size} records", "head"));
    }
}
