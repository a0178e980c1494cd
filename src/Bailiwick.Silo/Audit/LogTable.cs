using Bailiwick.Evidence;
using Npgsql;
using NpgsqlTypes;

namespace Bailiwick.Silo.Audit;

/// <summary>A record that waits for its place in the tree.</summary>
internal sealed record WaitingRecord(ulong Xid, long Id, byte[] Leaf);

/// <summary>What a sequencer sees at one look.</summary>
/// <param name="Settings">For <see cref="Durability.Fault"/>.</param>
/// <param name="Head">The committed head.</param>
/// <param name="IsBehind">Records are durable and not in the tree.</param>
internal sealed record LogLook(string[] Settings, LogHead Head, bool IsBehind);

/// <summary>The tree in PostgreSQL, by the sequencer's login.</summary>
internal static class LogTable
{
    /// <summary>Records of one transaction.</summary>
    public const int MaxRecords = 4096;

    /// <summary>Records counted behind the head; more is as bad.</summary>
    public const int MaxLag = 100_000;

    private const string Head = "SELECT size, root, xid, record, edge FROM head";

    private const string Look =
        $"SELECT size, root, xid, record, edge, ({Durability.Query}), "
        + "EXISTS (SELECT FROM records WHERE (records.xid, records.id) > (head.xid, head.record)) FROM head";

    /// <summary>All that a sequencer needs to see that there is nothing to do, in one round trip.</summary>
    public static async Task<LogLook> LookAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(Look);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var head = await ReadHeadAsync(reader, cancellationToken);
        return new LogLook(reader.GetFieldValue<string[]>(5), head, reader.GetBoolean(6));
    }

    /// <summary>The committed head.</summary>
    public static async Task<LogHead> HeadAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(Head);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadHeadAsync(reader, cancellationToken);
    }

    /// <summary>
    /// The records behind a head, in the order of the tree: by transaction, then by identity, and only those of transactions before which
    /// none is running any more. Nothing can appear before or among them later.
    /// </summary>
    public static async Task<IReadOnlyList<WaitingRecord>> WaitingAsync(
        NpgsqlDataSource source, LogHead head, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("""
            SELECT xid, id, leaf FROM records
            WHERE (xid, id) > ($1, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT $3
            """);
        command.Parameters.Add(new NpgsqlParameter<ulong> { NpgsqlDbType = NpgsqlDbType.Xid8, TypedValue = head.Xid });
        command.Parameters.AddWithValue(head.Record);
        command.Parameters.AddWithValue(MaxRecords);
        var records = new List<WaitingRecord>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            records.Add(new WaitingRecord(reader.GetFieldValue<ulong>(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        }

        return records;
    }

    /// <summary>Records that are durable and not in the tree, at most <see cref="MaxLag"/>.</summary>
    public static async Task<long> LagAsync(NpgsqlDataSource source, LogHead head, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            "SELECT count(*) FROM (SELECT FROM records WHERE (xid, id) > ($1, $2) LIMIT $3) AS behind");
        command.Parameters.Add(new NpgsqlParameter<ulong> { NpgsqlDbType = NpgsqlDbType.Xid8, TypedValue = head.Xid });
        command.Parameters.AddWithValue(head.Record);
        command.Parameters.AddWithValue(MaxLag);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Moves the head with its tiles and positions, if it is still where the caller saw it.</summary>
    /// <returns>False where another sequencer was first: nothing was written.</returns>
    public static async Task<bool> TryMoveAsync(
        NpgsqlDataSource source, LogHead from, LogHead to, IReadOnlyList<TileFile> tiles, IReadOnlyList<WaitingRecord> records,
        CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        // First the row that all sequencers want: the second one waits here, then finds another head.
        batch.BatchCommands.Add(Move(from, to));
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            if (reader.RecordsAffected != 1)
            {
                return false;
            }
        }

        batch.BatchCommands.Clear();
        batch.BatchCommands.Add(Positions(from, records));
        TileFile[] full = [.. tiles.Where(tile => tile.Path is { Level: >= 0, IsFull: true })];
        if (full.Length > 0)
        {
            batch.BatchCommands.Add(Tiles(full));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static NpgsqlBatchCommand Move(LogHead from, LogHead to)
    {
        var command = new NpgsqlBatchCommand(
            "UPDATE head SET size = $1, root = $2, xid = $3, record = $4, edge = $5 WHERE size = $6 AND root = $7 AND record = $8");
        command.Parameters.AddWithValue((long)to.Size);
        command.Parameters.AddWithValue(to.Root.AsSpan().ToArray());
        command.Parameters.Add(new NpgsqlParameter<ulong> { NpgsqlDbType = NpgsqlDbType.Xid8, TypedValue = to.Xid });
        command.Parameters.AddWithValue(to.Record);
        command.Parameters.AddWithValue(to.Edge);
        command.Parameters.AddWithValue((long)from.Size);
        command.Parameters.AddWithValue(from.Root.AsSpan().ToArray());
        command.Parameters.AddWithValue(from.Record);
        return command;
    }

    private static NpgsqlBatchCommand Positions(LogHead from, IReadOnlyList<WaitingRecord> records)
    {
        var command = new NpgsqlBatchCommand(
            "INSERT INTO positions (leaf_index, record) SELECT $1 + place - 1, record FROM unnest($2) WITH ORDINALITY AS new (record, place)");
        command.Parameters.AddWithValue((long)from.Size);
        command.Parameters.AddWithValue(records.Select(record => record.Id).ToArray());
        return command;
    }

    private static NpgsqlBatchCommand Tiles(TileFile[] tiles)
    {
        var command = new NpgsqlBatchCommand("INSERT INTO tiles (path, content) SELECT path, content FROM unnest($1, $2) AS new (path, content)");
        command.Parameters.AddWithValue(tiles.Select(tile => tile.Path.ToString()).ToArray());
        command.Parameters.AddWithValue(tiles.Select(tile => tile.Content.ToArray()).ToArray());
        return command;
    }

    private static async Task<LogHead> ReadHeadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        return new LogHead(
            (ulong)reader.GetInt64(0), TreeHash.From(reader.GetFieldValue<byte[]>(1)), reader.GetFieldValue<ulong>(2), reader.GetInt64(3),
            reader.GetFieldValue<byte[]>(4));
    }
}
