using System.Net.Sockets;
using Npgsql;

namespace Bailiwick.Silo.Cluster;

/// <summary>Whether a database is there and has this build's schema.</summary>
internal static class Schema
{
    /// <summary>Looks with the application's login.</summary>
    /// <returns>A sentence; null when a silo can start on it.</returns>
    public static async Task<string?> FaultAsync(string connectionString, CancellationToken cancellationToken)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(connectionString);
            await using var command = source.CreateCommand("SELECT scriptname FROM schema_version");
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var applied = new HashSet<string>();
            while (await reader.ReadAsync(cancellationToken))
            {
                applied.Add(reader.GetString(0));
            }

            return Difference(applied);
        }
        catch (PostgresException problem) when (problem.SqlState is PostgresErrorCodes.UndefinedTable)
        {
            return "the database has no schema yet; run bailiwick-silo migrate.";
        }
        catch (Exception problem) when (problem is NpgsqlException or SocketException or TimeoutException)
        {
            return Sentence(problem);
        }
    }

    /// <summary>What a database's files lack or have too much, compared with this build's.</summary>
    public static string? Difference(IReadOnlySet<string> applied)
    {
        if (Migrations.Files.FirstOrDefault(file => !applied.Contains(file)) is { } missing)
        {
            return $"the schema lacks {missing}; run bailiwick-silo migrate.";
        }

        return applied.Except(Migrations.Files).Order(StringComparer.Ordinal).FirstOrDefault() is { } newer
            ? $"the schema has {newer}, which this build does not know; run a newer build."
            : null;
    }

    /// <summary>One line without details, statement or stack: those of a database may repeat values.</summary>
    public static string Sentence(Exception problem)
    {
        var text = problem switch
        {
            PostgresException refusal => $"{refusal.MessageText} ({refusal.SqlState})",
            NpgsqlException { InnerException: { } cause } failure when cause.Message != failure.Message => $"{failure.Message}: {cause.Message}",
            _ => problem.Message,
        };
        return text.ReplaceLineEndings(" ").TrimEnd('.', ' ') + ".";
    }
}
