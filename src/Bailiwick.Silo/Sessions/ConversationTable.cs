using Bailiwick.Residency;
using Npgsql;

namespace Bailiwick.Silo.Sessions;

/// <summary>A row of `conversations`, sealed values as they stand.</summary>
internal sealed record ConversationRow(
    string Id, string Owner, Label Label, byte[] Metadata, DateTimeOffset Created, DateTimeOffset Expires);

/// <summary>The table `conversations` (Cluster/Sql/0009-sessions.sql, 0012-conversation-keys.sql).</summary>
internal sealed class ConversationTable(NpgsqlDataSource source)
{
    private const string Columns = "id, owner, jurisdiction, class, purpose, tenant, metadata, created, expires";

    /// <param name="row">The new one.</param>
    /// <param name="key">Name of its idempotency key; null = none. It is free again after its day, and where what it names is over its time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where a row has that key.</returns>
    public async Task<bool> TryAddAsync(ConversationRow row, byte[]? key, CancellationToken cancellationToken)
    {
        await using var batch = source.CreateBatch();
        if (key is not null)
        {
            TurnTable.Add(
                batch, "UPDATE conversations SET idempotency = NULL WHERE idempotency = $1 AND (created <= $2 OR expires <= now())",
                key, row.Created - IdempotencyKey.Life);
        }

        var label = row.Label;
        TurnTable.Add(
            batch, $"INSERT INTO conversations ({Columns}, idempotency) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (idempotency) DO NOTHING",
            row.Id, row.Owner, label.Jurisdiction!, label.Class!, label.Purpose!, label.Tenant!, row.Metadata, row.Created, row.Expires, TurnTable.Bytes(key));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return batch.BatchCommands[^1].RecordsAffected == 1;
    }

    /// <summary>The id of what was begun under a key; null where nothing is left of it.</summary>
    public async Task<string?> BegunAsync(byte[] key, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("SELECT id FROM conversations WHERE idempotency = $1");
        command.Parameters.AddWithValue(key);
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    public async Task<ConversationRow?> FindAsync(string id, string tenant, CancellationToken cancellationToken) => !SessionIds.IsConversation(id) ? null : (await ManyAsync(
        $"SELECT {Columns} FROM conversations WHERE id = $1 AND tenant = $2 AND expires > now()", [id, tenant], cancellationToken)).FirstOrDefault();

    /// <summary>Conversations under some labels of one tenant, newest first.</summary>
    public Task<List<ConversationRow>> PageAsync(
        string tenant, IReadOnlyList<Label> labels, SessionPage page, CancellationToken cancellationToken) => ManyAsync(
        $"""
        SELECT {Columns} FROM conversations WHERE tenant = $1 AND expires > now()
        AND (jurisdiction, class, purpose) IN (SELECT * FROM unnest($4, $5, $6))
        AND ($2::text IS NULL OR (created, id) < (SELECT created, id FROM conversations WHERE id = $2 AND tenant = $1))
        ORDER BY created DESC, id DESC LIMIT $3
        """,
        [
            tenant, TurnTable.Text(page.After), page.Limit, labels.Select(label => label.Jurisdiction!).ToArray(),
            labels.Select(label => label.Class!).ToArray(), labels.Select(label => label.Purpose!).ToArray(),
        ],
        cancellationToken);

    /// <summary>Removes a conversation with its turns.</summary>
    /// <returns>Who held a turn of it that ran.</returns>
    public async Task<IReadOnlyList<string>> RemoveAsync(string id, CancellationToken cancellationToken)
    {
        // What is added meanwhile goes with the conversation.
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var holders = new List<string>();
        await using (var turns = new NpgsqlCommand(
            "WITH gone AS (DELETE FROM turns WHERE conversation = $1 RETURNING turn, state) SELECT turn FROM gone WHERE state = 'running'", connection)
            { Parameters = { new() { Value = id } } })
        await using (var reader = await turns.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                holders.Add(reader.GetString(0));
            }
        }

        await using var row = new NpgsqlCommand("DELETE FROM conversations WHERE id = $1", connection) { Parameters = { new() { Value = id } } };
        await row.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return holders;
    }

    public Task<List<ConversationRow>> AfterAsync(string after, CancellationToken cancellationToken) => ManyAsync(
        $"SELECT {Columns} FROM conversations WHERE id > $1 ORDER BY id LIMIT 100", [after], cancellationToken);

    public async Task<bool> ResealAsync(ConversationRow row, byte[] metadata, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("UPDATE conversations SET metadata = $2 WHERE id = $1 AND metadata = $3");
        command.Parameters.AddWithValue(row.Id);
        command.Parameters.AddWithValue(metadata);
        command.Parameters.AddWithValue(row.Metadata);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private async Task<List<ConversationRow>> ManyAsync(string statement, object[] values, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(statement);
        foreach (var value in values)
        {
            command.Parameters.Add(value is DBNull
                ? new NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text, Value = value } : new NpgsqlParameter { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<ConversationRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var label = new Label(reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5));
            rows.Add(new ConversationRow(
                reader.GetString(0), reader.GetString(1), label, reader.GetFieldValue<byte[]>(6),
                reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<DateTimeOffset>(8)));
        }

        return rows;
    }
}
