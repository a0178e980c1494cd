using System.Net.Sockets;
using Bailiwick.Evidence;
using Bailiwick.Silo.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace Bailiwick.Silo.Audit;

/// <summary>What became of a group of records.</summary>
internal enum Written
{
    /// <summary>They are durable.</summary>
    All,

    /// <summary>None is there: some of them were refused, as second outcomes or as known already.</summary>
    Conflict,

    /// <summary>None is there: PostgreSQL did not take them.</summary>
    None,

    /// <summary>None is there: the connection was broken. Another one may be good.</summary>
    Broken,

    /// <summary>All are there or none: the connection broke while it committed.</summary>
    Unknown,
}

/// <summary>The table of records, by the login that may only insert. Whoever waits for it waits two seconds at most.</summary>
internal sealed class RecordTable : IAsyncDisposable
{
    private const int TimeoutSeconds = 2;

    // Npgsql's time-outs add up (command, rollback, cancellation: 6 s measured on a server that stands still); this one does not.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2.2);

    // No RETURNING and no conflict target: both would need the right to read.
    private const string Insert = """
        INSERT INTO records (kind, silo, leaf, hash, tenant, intent)
        SELECT kind, silo, leaf, hash, tenant, intent
        FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS new (kind, silo, leaf, hash, tenant, intent, place) ORDER BY place
        ON CONFLICT DO NOTHING
        """;

    private readonly NpgsqlDataSource _source;

    private readonly TimeProvider _clock;

    /// <param name="connectionString">Login that may only insert.</param>
    /// <param name="clock">Time of the limit.</param>
    public RecordTable(string connectionString, TimeProvider clock)
    {
        _clock = clock;
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            Timeout = TimeoutSeconds,
            CommandTimeout = TimeoutSeconds,
            // Break the connection at the time-out; do not wait for an answer to the request to cancel.
            CancellationTimeout = -1,
            // A writer, a probe, and some that are being given up.
            MaxPoolSize = 8,
            // Whatever the server's default says: a record that was confirmed survives a crash.
            Options = "-c synchronous_commit=on",
            MaxAutoPrepare = 4,
            AutoPrepareMinUsages = 2,
        });
    }

    /// <summary>Writes all in one transaction.</summary>
    /// <param name="records">In the order in which they name each other.</param>
    /// <param name="repeated">True: those that are there already are left out. False: then none is written.</param>
    /// <param name="cancellationToken">Ends the process, not the wait of a caller: it breaks the connection.</param>
    /// <returns>What became of them, and why where they are not all durable: without any text of the server.</returns>
    public async Task<(Written Written, string? Problem)> InsertAsync(
        IReadOnlyList<AuditRecord> records, bool repeated, CancellationToken cancellationToken)
    {
        try
        {
            return await TryInsertAsync(records, repeated, cancellationToken).WaitAsync(Limit, _clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // What is still under way may be committed after all.
            return (Written.Unknown, "PostgreSQL does not answer in time.");
        }
    }

    private async Task<(Written Written, string? Problem)> TryInsertAsync(
        IReadOnlyList<AuditRecord> records, bool repeated, CancellationToken cancellationToken)
    {
        var committing = false;
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var command = Command(records, connection, transaction);
            if (await command.ExecuteNonQueryAsync(cancellationToken) < records.Count && !repeated)
            {
                await transaction.RollbackAsync(cancellationToken);
                return (Written.Conflict, "the database has some of these records, or other outcomes of their turns.");
            }

            committing = true;
            await transaction.CommitAsync(cancellationToken);
            return (Written.All, null);
        }
        catch (Exception problem) when (IsAway(problem))
        {
            return (committing ? Written.Unknown : IsBroken(problem) ? Written.Broken : Written.None, ProblemPlace.Of(problem));
        }
    }

    /// <summary>Whether a server answers that can write and that keeps what it confirms.</summary>
    /// <returns>A sentence; null if it does.</returns>
    public async Task<string?> FaultAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = _source.CreateCommand(Durability.Query);
            return Durability.Fault((string[]?)await command.ExecuteScalarAsync(cancellationToken) ?? []);
        }
        catch (Exception problem) when (IsAway(problem))
        {
            return ProblemPlace.Of(problem);
        }
    }

    /// <summary>Hash of the last record that a silo wrote; null if it wrote none.</summary>
    /// <exception cref="NpgsqlException">The server is away.</exception>
    public async Task<TreeHash?> LastAsync(string silo, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("SELECT last_record($1)");
        command.Parameters.AddWithValue(silo);
        return await command.ExecuteScalarAsync(cancellationToken) is byte[] hash ? TreeHash.From(hash) : null;
    }

    /// <summary>The outcome that stands for an intent; null if it has none.</summary>
    /// <exception cref="NpgsqlException">The server is away.</exception>
    /// <exception cref="TimeoutException">So is one that does not answer.</exception>
    public async Task<TreeHash?> OutcomeAsync(TreeHash intent, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("SELECT outcome_of($1)");
        command.Parameters.AddWithValue(intent.AsSpan().ToArray());
        var found = await command.ExecuteScalarAsync(cancellationToken).WaitAsync(Limit, _clock, cancellationToken);
        return found is byte[] hash ? TreeHash.From(hash) : null;
    }

    /// <summary>A server that is away, refuses or is too slow.</summary>
    public static bool IsAway(Exception problem) => problem is NpgsqlException or SocketException or TimeoutException or IOException;

    private static bool IsBroken(Exception problem) =>
        problem is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown } or { InnerException: IOException };

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static NpgsqlCommand Command(IReadOnlyList<AuditRecord> records, NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        var command = new NpgsqlCommand(Insert, connection, transaction);
        Add(command, NpgsqlDbType.Text, records.Select(record => record.Kind));
        Add(command, NpgsqlDbType.Text, records.Select(record => record.Leaf.Origin.Silo));
        Add(command, NpgsqlDbType.Bytea, records.Select(record => record.Bytes));
        Add(command, NpgsqlDbType.Bytea, records.Select(record => record.Hash.AsSpan().ToArray()));
        Add(command, NpgsqlDbType.Text, records.Select(record => record.Tenant));
        Add(command, NpgsqlDbType.Bytea, records.Select(record => record.Intent?.AsSpan().ToArray()));
        return command;
    }

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, IEnumerable<T> values) =>
        command.Parameters.Add(new NpgsqlParameter<T[]> { NpgsqlDbType = NpgsqlDbType.Array | type, TypedValue = [.. values] });
}
