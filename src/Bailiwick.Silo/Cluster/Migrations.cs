using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Npgsql;

namespace Bailiwick.Silo.Cluster;

/// <summary>Brings the database to this build's schema: numbered SQL files, each run once, in order, in a transaction of its own.</summary>
internal static class Migrations
{
    private const string Folder = ".Cluster.Sql.";

    /// <summary>Key of the advisory lock that lets one migration run at a time ("bailiwic" in ASCII).</summary>
    private const long OneAtATime = 0x6261696c69776963;

    /// <summary>Names of the SQL files in this build, in the order in which they run.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => name[(name.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..])
            .Order(StringComparer.Ordinal)];

    /// <summary>Runs what has not run yet. Waits while another migration of the same database runs.</summary>
    /// <param name="connectionString">A login that acts as the schema's owner; no running silo has it.</param>
    /// <param name="cancellationToken">Ends the waiting; files that began are finished.</param>
    public static async Task<MigrationResult> RunAsync(string connectionString, CancellationToken cancellationToken)
    {
        // A migration may rewrite a table; the short time-outs of a silo are not for it.
        var patient = new NpgsqlConnectionStringBuilder(connectionString) { Timeout = 60, CommandTimeout = 600 }.ConnectionString;
        try
        {
            await using var source = NpgsqlDataSource.Create(patient);
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection);
            command.Parameters.AddWithValue(OneAtATime);
            await command.ExecuteNonQueryAsync(cancellationToken);
            // The lock goes with the connection.
            return Upgrade(patient);
        }
        catch (Exception problem) when (problem is NpgsqlException or TimeoutException)
        {
            return new MigrationResult([], Schema.Sentence(problem));
        }
    }

    /// <summary>Text of one file.</summary>
    public static string Read(string name)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var resource = assembly.GetManifestResourceNames().Single(full => full.EndsWith(Folder + name, StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    private static MigrationResult Upgrade(string connectionString)
    {
        var result = DeployChanges.To
            .PostgresqlDatabase(connectionString)
            .WithScripts(Files.Select(name => new SqlScript(name, Read(name))))
            .JournalToPostgresqlTable("public", "schema_version")
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(new Silent())
            .Build()
            .PerformUpgrade();
        string[] applied = [.. result.Scripts.Select(script => script.Name)];
        if (result.Successful)
        {
            return new MigrationResult(applied, null);
        }

        var sentence = Schema.Sentence(result.Error);
        return new MigrationResult(applied, result.ErrorScript is { } script ? $"{script.Name}: {sentence}" : sentence);
    }

    /// <summary>DbUp logs a failure as a stack trace with the statement; the result says what counts.</summary>
    private sealed class Silent : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args)
        {
        }

        public void LogDebug(string format, params object[] args)
        {
        }

        public void LogInformation(string format, params object[] args)
        {
        }

        public void LogWarning(string format, params object[] args)
        {
        }

        public void LogError(string format, params object[] args)
        {
        }

        public void LogError(Exception ex, string format, params object[] args)
        {
        }
    }
}

/// <summary>What a migration did.</summary>
/// <param name="Applied">Files that ran, in order; they stay applied when a later one fails.</param>
/// <param name="Fault">A sentence, with the file that failed; null when all is well.</param>
internal sealed record MigrationResult(IReadOnlyList<string> Applied, string? Fault);
