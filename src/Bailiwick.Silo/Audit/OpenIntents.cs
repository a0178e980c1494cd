using Bailiwick.Evidence;
using Npgsql;
using NpgsqlTypes;

namespace Bailiwick.Silo.Audit;

/// <summary>An intent that has no outcome.</summary>
/// <param name="Hash">Its leaf hash.</param>
/// <param name="Silo">Who wrote it: zone/node.</param>
/// <param name="At">When, by that silo's clock.</param>
internal sealed record OpenIntent(TreeHash Hash, string Silo, DateTimeOffset At)
{
    /// <summary>Its place in the order of the tree.</summary>
    public (ulong Xid, long Id) Place { get; init; }
}

/// <summary>
/// The intents without outcome, by the sequencer's login. Each intent is read once, and the first look begins where the table `closed`
/// says that all have one; the open ones are remembered. One owner.
/// </summary>
internal sealed class OpenIntents(NpgsqlDataSource source)
{
    private const int Page = 4096;

    private readonly Dictionary<TreeHash, OpenIntent> _open = [];
    private bool _begun;
    private ulong _xid;
    private long _id;

    /// <summary>Those that are open now.</summary>
    public async Task<IReadOnlyCollection<OpenIntent>> LookAsync(CancellationToken cancellationToken)
    {
        if (!_begun)
        {
            (_xid, _id) = await ClosedAsync(cancellationToken);
            _begun = true;
        }

        await ForgetClosedAsync(cancellationToken);
        while (await ReadPageAsync(cancellationToken) == Page)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return _open.Values;
    }

    /// <summary>Writes down how far all intents have an outcome, for whoever starts next. Another gateway may be further: nothing goes back.</summary>
    public async Task RememberAsync(CancellationToken cancellationToken)
    {
        // The oldest open one is where the next silo begins.
        var (xid, id) = (_xid, _id);
        if (_open.Count > 0)
        {
            (xid, id) = _open.Values.Min(intent => intent.Place);
            id--;
        }

        await using var command = source.CreateCommand("UPDATE closed SET xid = $1, record = $2 WHERE (xid, record) < ($1, $2)");
        command.Parameters.Add(new NpgsqlParameter<ulong> { NpgsqlDbType = NpgsqlDbType.Xid8, TypedValue = xid });
        command.Parameters.AddWithValue(id);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<(ulong Xid, long Id)> ClosedAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("SELECT xid, record FROM closed");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetFieldValue<ulong>(0), reader.GetInt64(1));
    }

    private async Task ForgetClosedAsync(CancellationToken cancellationToken)
    {
        if (_open.Count == 0)
        {
            return;
        }

        await using var command = source.CreateCommand("SELECT intent FROM records WHERE kind = 'outcome' AND intent = ANY ($1)");
        command.Parameters.AddWithValue(_open.Keys.Select(hash => hash.AsSpan().ToArray()).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            _open.Remove(TreeHash.From(reader.GetFieldValue<byte[]>(0)));
        }
    }

    /// <summary>In the order of the tree, and only as far as nothing can appear before: see <see cref="LogTable.WaitingAsync"/>.</summary>
    private async Task<int> ReadPageAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("""
            SELECT i.xid, i.id, i.hash, CASE WHEN o.id IS NULL THEN i.leaf END
            FROM records i LEFT JOIN records o ON o.kind = 'outcome' AND o.intent = i.hash
            WHERE i.kind = 'intent' AND (i.xid, i.id) > ($1, $2) AND i.xid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY i.xid, i.id LIMIT $3
            """);
        command.Parameters.Add(new NpgsqlParameter<ulong> { NpgsqlDbType = NpgsqlDbType.Xid8, TypedValue = _xid });
        command.Parameters.AddWithValue(_id);
        command.Parameters.AddWithValue(Page);
        var read = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            (_xid, _id, read) = (reader.GetFieldValue<ulong>(0), reader.GetInt64(1), read + 1);
            if (!reader.IsDBNull(3) && Leaf.TryParse(reader.GetFieldValue<byte[]>(3), out var leaf, out _))
            {
                var hash = TreeHash.From(reader.GetFieldValue<byte[]>(2));
                _open[hash] = new OpenIntent(hash, leaf.Origin.Silo, leaf.Origin.Time) { Place = (_xid, _id) };
            }
        }

        return read;
    }
}
