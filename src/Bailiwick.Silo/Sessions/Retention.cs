using System.Net.Sockets;
using Bailiwick.Evidence;
using Bailiwick.Silo.Audit;
using Npgsql;

namespace Bailiwick.Silo.Sessions;

/// <summary>
/// Removes what is kept beyond its time, every minute, on whichever gateway comes first. A removal stands only with its `erasure` records,
/// one per tenant; readers do not see what has expired, swept or not.
/// </summary>
internal sealed class Retention(NpgsqlDataSource source, IIntake intake, TimeProvider time, ILogger<Retention> log) : BackgroundService
{
    /// <summary>In the place of a pseudonym and of a ground.</summary>
    private const string ByAge = "retention";

    /// <summary>Rows of one transaction.</summary>
    private const int Most = 1000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                // What came in within a minute may go in one: more than a transaction holds is more than one.
                while (await SweepAsync(time.GetUtcNow(), stoppingToken) >= Most)
                {
                    stoppingToken.ThrowIfCancellationRequested();
                }
            }
            catch (Exception problem) when (problem is NpgsqlException or TimeoutException or SocketException)
            {
                log.SweepFailed(problem.GetType().Name);
            }
        }
    }

    /// <summary>One transaction.</summary>
    /// <returns>Rows that are gone of the kind that most are; as many as a transaction holds: there may be more.</returns>
    public async Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var tenants = await RemoveAsync(
            connection,
            """
            DELETE FROM turns WHERE id IN (
                SELECT id FROM turns WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING tenant
            """,
            now, cancellationToken);
        var begun = await RemoveAsync(
            connection,
            """
            DELETE FROM conversations WHERE id IN (
                SELECT id FROM conversations c WHERE expires <= $1 AND NOT EXISTS (SELECT FROM turns WHERE conversation = c.id)
                ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING tenant
            """,
            now, cancellationToken);
        foreach (var tenant in tenants.Concat(begun).GroupBy(name => name))
        {
            var leaf = new ErasureLeaf(new LeafOrigin(now, "unwritten", null), ByAge, tenant.Key, "sessions", ByAge, tenant.Count());
            if (await intake.WriteAsync(origin => leaf with { Origin = origin }, cancellationToken) is null)
            {
                // Rolled back: nothing goes without its record.
                return 0;
            }
        }

        await transaction.CommitAsync(cancellationToken);
        if (tenants.Count + begun.Count > 0)
        {
            log.Swept(tenants.Count, begun.Count);
        }

        return Math.Max(tenants.Count, begun.Count);
    }

    private static async Task<List<string>> RemoveAsync(
        NpgsqlConnection connection, string statement, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, connection) { Parameters = { new() { Value = now }, new() { Value = Most } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tenants = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            tenants.Add(reader.GetString(0));
        }

        return tenants;
    }
}
