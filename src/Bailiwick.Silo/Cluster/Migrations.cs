using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;

namespace Bailiwick.Silo.Cluster;

/// <summary>Brings the database to this build's schema: numbered SQL files, each run once, in order, in a transaction of its own.</summary>
internal static class Migrations
{
    private const string Folder = ".Cluster.Sql.";

    /// <summary>Names of the SQL files in this build, in the order in which they run.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => name[(name.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..])
            .Order(StringComparer.Ordinal)];

    /// <summary>Runs what has not run yet.</summary>
    /// <param name="connectionString">A login that owns the schema; no running silo has it.</param>
    /// <param name="log">Receives one line a file.</param>
    /// <returns>The files that ran; or the fault, with the file that failed. Files before it stay applied.</returns>
    public static MigrationResult Run(string connectionString, Action<string> log)
    {
        var result = DeployChanges.To
            .PostgresqlDatabase(connectionString)
            .WithScripts(Files.Select(name => new SqlScript(name, Read(name))))
            .JournalToPostgresqlTable("public", "schema_version")
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(new Lines(log))
            .Build()
            .PerformUpgrade();
        return new MigrationResult(
            [.. result.Scripts.Select(script => script.Name)],
            result.Successful ? null : $"{result.ErrorScript?.Name}: {result.Error.Message}");
    }

    /// <summary>Text of one file.</summary>
    public static string Read(string name)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var resource = assembly.GetManifestResourceNames().Single(full => full.EndsWith(Folder + name, StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    /// <summary>DbUp's own log, less its details: a database's error text may repeat values.</summary>
    private sealed class Lines(Action<string> log) : IUpgradeLog
    {
        public void LogInformation(string format, params object[] args) =>
            log(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args));

        public void LogWarning(string format, params object[] args) => LogInformation(format, args);

        public void LogError(string format, params object[] args) => LogInformation(format, args);

        public void LogError(Exception ex, string format, params object[] args) => LogInformation(format, args);

        public void LogDebug(string format, params object[] args)
        {
        }

        public void LogTrace(string format, params object[] args)
        {
        }
    }
}

/// <summary>What a migration did.</summary>
/// <param name="Applied">Files that ran, in order.</param>
/// <param name="Fault">File and reason; null when all is well.</param>
internal sealed record MigrationResult(IReadOnlyList<string> Applied, string? Fault);
