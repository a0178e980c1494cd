using Bailiwick.Residency;
using Npgsql;
using NpgsqlTypes;

namespace Bailiwick.Silo.Sessions;

/// <summary>
/// The table `turns` (Cluster/Sql/0009-sessions.sql). Each change is fenced by state and attempt, so that who lost its lease writes
/// nothing, whatever it still believes.
/// </summary>
internal sealed class TurnTable(NpgsqlDataSource source)
{
    private const string Columns = """
        id, conversation, previous, tenant, owner, visible, idempotency, state, attempt, jurisdiction, class, purpose, model, seed, turn,
        request, answer, code, created, ended, idempotent, expires
        """;

    /// <summary>Most bytes of sealed values in a page: where they are longer it ends early, behind the turn that is too much.</summary>
    public const int MostOfPage = 4 << 20;

    /// <summary>Most bytes of sealed values in a history, which is all of it or none; a context of 128k tokens has some 2 MiB.</summary>
    public const int MostOfHistory = 32 << 20;

    private const string Answered = "state IN ('completed', 'incomplete')";

    /// <summary>A turn of a tenant by its id, or by its id in the records.</summary>
    public async Task<TurnRow?> FindAsync(string id, string tenant, CancellationToken cancellationToken) => !SessionIds.IsTurn(id) && !SessionIds.IsRecord(id) ? null : await OneAsync(
        $"SELECT {Columns} FROM turns WHERE (id = $1 OR turn = $1) AND tenant = $2 AND expires > now()", [id, tenant], cancellationToken);

    /// <summary>The turn that an idempotency key names, while it does.</summary>
    public async Task<TurnRow?> FindByKeyAsync(byte[] name, CancellationToken cancellationToken) => await OneAsync(
        $"SELECT {Columns} FROM turns WHERE idempotency = $1 AND idempotent > now() AND expires > now()", [name], cancellationToken);

    /// <summary>Holder of the turn that runs in a line (a conversation, or a turn that stands alone); null = none.</summary>
    public async Task<string?> RunningAsync(string line, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            "SELECT turn FROM turns WHERE (conversation = $1 OR (id = $1 AND conversation IS NULL)) AND state = 'running'");
        command.Parameters.AddWithValue(line);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetString(0) : null;
    }

    /// <summary>
    /// Begins a turn whose lease is held: what ran in its conversation before is lost; a row that is there already is taken over.
    /// </summary>
    /// <param name="row">As it will stand.</param>
    /// <param name="seen">Class of the conversation that the turn was admitted beside: one that has risen since was not decided about.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where the row, its key or its place is somebody else's.</returns>
    public async Task<bool> BeginAsync(TurnRow row, string? seen, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await using var batch = new NpgsqlBatch(connection, transaction);
            if (row.Conversation is { } conversation)
            {
                Add(batch, "UPDATE conversations SET class = $2, expires = greatest(expires, $3) WHERE id = $1 AND class = $4", conversation, row.Label.Class!, row.Expires, seen!);
                Add(batch, "UPDATE turns SET state = 'failed', code = 'lost', ended = $3 WHERE conversation = $1 AND state = 'running' AND id <> $2", conversation, row.Id, row.Created);
            }

            if (row.Idempotency is { } name)
            {
                Add(batch, "UPDATE turns SET idempotency = NULL, idempotent = NULL WHERE idempotency = $1 AND idempotent <= $2", name, row.Created);
            }

            if (batch.BatchCommands.Count > 0)
            {
                await batch.ExecuteNonQueryAsync(cancellationToken);
            }

            if (row.Conversation is not null && batch.BatchCommands[0].RecordsAffected == 0)
            {
                return false;
            }

            var written = row.Attempt == 1 ? await InsertAsync(connection, row, cancellationToken) : await TakeOverAsync(connection, row, cancellationToken);
            if (written)
            {
                await transaction.CommitAsync(cancellationToken);
            }

            return written;
        }
        catch (PostgresException taken) when (taken.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation)
        {
            // Another turn runs in its place, or the conversation was removed meanwhile.
            return false;
        }
    }

    /// <summary>Ends a turn. May be said again, with the same sealed answer, by whoever was not told whether it stands.</summary>
    /// <returns>False where it is no longer this attempt's to end.</returns>
    public async Task<bool> EndAsync(
        string id, int attempt, TurnState state, byte[]? answer, string? code, DateTimeOffset at, CancellationToken cancellationToken) =>
        await ChangeAsync(
            "UPDATE turns SET state = $3, answer = $4, code = $5, ended = $6 WHERE id = $1 AND attempt = $2 AND (state = 'running' OR (state = $3 AND answer = $4))",
            [id, attempt, Name(state), Bytes(answer), Text(code), at], cancellationToken) == 1;

    /// <summary>Cancels a turn that runs, wherever it does.</summary>
    /// <returns>Who held it; null where it does not run.</returns>
    public async Task<string?> CancelAsync(string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var command = Command("UPDATE turns SET state = 'cancelled', ended = $2 WHERE id = $1 AND state = 'running' RETURNING turn", [id, at]);
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Turns of a conversation that have an answer, in order; no more than one beyond <see cref="MostOfHistory"/>.</summary>
    public Task<List<TurnRow>> HistoryAsync(string conversation, string before, CancellationToken cancellationToken) => ManyAsync(
        Within(MostOfHistory, $"SELECT * FROM turns WHERE conversation = $1 AND id <> $2 AND {Answered} AND expires > now()", "place"),
        [conversation, before], cancellationToken);

    /// <summary>
    /// A turn and what came before it, oldest first: along `previous`, and where that is in a conversation, its turns up to there; no more
    /// than one beyond <see cref="MostOfHistory"/>.
    /// </summary>
    public Task<List<TurnRow>> ChainAsync(string last, string tenant, CancellationToken cancellationToken) => ManyAsync(
        Within(MostOfHistory, $"""
        WITH RECURSIVE chain AS (
            SELECT id, previous, conversation, place, 1 AS back FROM turns WHERE id = $1 AND tenant = $2
            UNION ALL
            SELECT t.id, t.previous, t.conversation, t.place, back + 1 FROM chain JOIN turns t ON t.id = chain.previous AND t.tenant = $2
            WHERE chain.conversation IS NULL)
        SELECT * FROM (
            SELECT t.*, chain.back, 0 AS within FROM chain JOIN turns t ON t.id = chain.id WHERE chain.conversation IS NULL
            UNION ALL
            SELECT t.*, chain.back, t.place FROM chain JOIN turns t ON t.conversation = chain.conversation AND t.place <= chain.place) AS history
        WHERE {Answered} AND expires > now()
        """, "back DESC, within"),
        [last, tenant], cancellationToken);

    /// <summary>A page of a conversation's turns that have an answer; no more than one beyond <see cref="MostOfPage"/>.</summary>
    public Task<List<TurnRow>> PageAsync(string conversation, SessionPage page, CancellationToken cancellationToken)
    {
        var (beyond, order) = page.NewestFirst ? ("<", "DESC") : (">", "ASC");
        return ManyAsync(
            Within(MostOfPage, $"""
            SELECT * FROM turns WHERE conversation = $1 AND {Answered} AND expires > now()
            AND ($2::text IS NULL OR place {beyond} (SELECT place FROM turns WHERE id = $2 AND conversation = $1))
            ORDER BY place {order} LIMIT $3
            """, $"place {order}"),
            [conversation, Text(page.After), page.Limit], cancellationToken);
    }

    /// <summary>Turns of a conversation, in whatever state.</summary>
    public async Task<long> CountAsync(string conversation, CancellationToken cancellationToken)
    {
        await using var command = Command("SELECT count(*) FROM turns WHERE conversation = $1", [conversation]);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Removes one turn.</summary>
    /// <returns>Who held it last; null where it is gone already.</returns>
    public async Task<string?> RemoveAsync(string id, CancellationToken cancellationToken)
    {
        await using var command = Command("DELETE FROM turns WHERE id = $1 RETURNING turn", [id]);
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Some rows, by their ids; no more than one beyond <see cref="MostOfPage"/>.</summary>
    /// <param name="after">Id of the last one seen; empty = from the beginning.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<List<TurnRow>> AfterAsync(string after, CancellationToken cancellationToken) => ManyAsync(
        Within(MostOfPage, "SELECT * FROM turns WHERE id > $1 ORDER BY id LIMIT 100", "id"), [after], cancellationToken);

    /// <summary>Replaces the seal of a row that nobody has changed meanwhile.</summary>
    public async Task<bool> ResealAsync(TurnRow row, byte[] request, byte[]? answer, CancellationToken cancellationToken) => await ChangeAsync(
        "UPDATE turns SET request = $2, answer = $3 WHERE id = $1 AND request = $4 AND answer IS NOT DISTINCT FROM $5",
        [row.Id, request, Bytes(answer), row.Request, Bytes(row.Answer)], cancellationToken) == 1;

    internal static object Text(string? value) => value is null ? DBNull.Value : value;

    internal static NpgsqlParameter Bytes(byte[]? value) => new() { NpgsqlDbType = NpgsqlDbType.Bytea, Value = value is null ? DBNull.Value : value };

    /// <summary>Rows in order up to the first that is too much, and with it: the database counts, so that what lies behind never comes here.</summary>
    private static string Within(int bytes, string rows, string order) => $"""
        SELECT {Columns} FROM (
            SELECT *, sum(octet_length(request) + coalesce(octet_length(answer), 0))
                OVER (ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS passed
            FROM ({rows}) AS asked) AS counted
        WHERE coalesce(passed, 0) <= {bytes} ORDER BY {order}
        """;

    private static async Task<bool> InsertAsync(NpgsqlConnection connection, TurnRow row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            INSERT INTO turns ({Columns}, place)
            SELECT $1, $2::text, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                   CASE WHEN $2::text IS NOT NULL THEN (SELECT coalesce(max(place), 0) + 1 FROM turns WHERE conversation = $2) END
            """,
            connection);
        var label = row.Label;
        foreach (var value in new[]
        {
            row.Id, Text(row.Conversation), Text(row.Previous), label.Tenant!, row.Owner, row.Visible, Bytes(row.Idempotency), Name(row.State),
            row.Attempt, label.Jurisdiction!, label.Class!, label.Purpose!, row.Model, row.Seed, row.Turn, row.Request, Bytes(row.Answer),
            Text(row.Code), row.Created, Time(row.Ended), Time(row.Idempotent), row.Expires,
        })
        {
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private static async Task<bool> TakeOverAsync(NpgsqlConnection connection, TurnRow row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            UPDATE turns SET attempt = $2, state = 'running', turn = $3, class = $4, code = NULL, ended = NULL, place = CASE WHEN conversation IS NOT NULL
                THEN (SELECT coalesce(max(other.place), 0) + 1 FROM turns other WHERE other.conversation = turns.conversation AND other.id <> $1) END
            WHERE id = $1 AND tenant = $5 AND attempt = $2 - 1 AND (state = 'running' OR ($6 AND state IN ('failed', 'cancelled')))
            """,
            connection);
        command.Parameters.AddWithValue(row.Id);
        command.Parameters.AddWithValue(row.Attempt);
        command.Parameters.AddWithValue(row.Turn);
        command.Parameters.AddWithValue(row.Label.Class!);
        command.Parameters.AddWithValue(row.Label.Tenant!);
        // A request that is sent again asks for an answer; who only follows a turn hears how it ended.
        command.Parameters.AddWithValue(row.Idempotency is not null);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    internal static void Add(NpgsqlBatch batch, string statement, params object[] values)
    {
        var command = new NpgsqlBatchCommand(statement);
        foreach (var value in values)
        {
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        }

        batch.BatchCommands.Add(command);
    }

    private async Task<int> ChangeAsync(string statement, object[] values, CancellationToken cancellationToken)
    {
        await using var command = Command(statement, values);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<TurnRow?> OneAsync(string statement, object[] values, CancellationToken cancellationToken) =>
        (await ManyAsync(statement, values, cancellationToken)).FirstOrDefault();

    private async Task<List<TurnRow>> ManyAsync(string statement, object[] values, CancellationToken cancellationToken)
    {
        await using var command = Command(statement, values);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<TurnRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Read(reader));
        }

        return rows;
    }

    private NpgsqlCommand Command(string statement, object[] values)
    {
        var command = source.CreateCommand(statement);
        foreach (var value in values)
        {
            // A null of unknown type is a text: the only one that these statements compare.
            command.Parameters.Add(value as NpgsqlParameter ?? (value is DBNull
                ? new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = value } : new NpgsqlParameter { Value = value }));
        }

        return command;
    }

    private static TurnRow Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetString(0),
        Conversation = reader.IsDBNull(1) ? null : reader.GetString(1),
        Previous = reader.IsDBNull(2) ? null : reader.GetString(2),
        Owner = reader.GetString(4),
        Visible = reader.GetBoolean(5),
        Idempotency = reader.IsDBNull(6) ? null : reader.GetFieldValue<byte[]>(6),
        State = Enum.Parse<TurnState>(reader.GetString(7), ignoreCase: true),
        Attempt = reader.GetInt32(8),
        Label = new Label(reader.GetString(9), reader.GetString(10), reader.GetString(11), reader.GetString(3)),
        Model = reader.GetString(12),
        Seed = reader.GetInt64(13),
        Turn = reader.GetString(14),
        Request = reader.GetFieldValue<byte[]>(15),
        Answer = reader.IsDBNull(16) ? null : reader.GetFieldValue<byte[]>(16),
        Code = reader.IsDBNull(17) ? null : reader.GetString(17),
        Created = reader.GetFieldValue<DateTimeOffset>(18),
        Ended = reader.IsDBNull(19) ? null : reader.GetFieldValue<DateTimeOffset>(19),
        Idempotent = reader.IsDBNull(20) ? null : reader.GetFieldValue<DateTimeOffset>(20),
        Expires = reader.GetFieldValue<DateTimeOffset>(21),
    };

    private static string Name(TurnState state) => state.ToString().ToLowerInvariant();

    private static NpgsqlParameter Time(DateTimeOffset? value) =>
        new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = value is { } time ? time : DBNull.Value };
}
