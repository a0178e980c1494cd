using Npgsql;

namespace Bailiwick.Silo.Hosting;

/// <summary>Checks connection strings. Their text never stands in a fault: an operator may have put a password into one.</summary>
internal static class DatabaseValidation
{
    public static DatabaseModel? Validate(DatabaseOptions options, bool gateway, List<string> faults)
    {
        var application = Connection(options.Application, "database.application", faults);
        var intake = Connection(options.Intake, "database.intake", faults);
        var sequencer = gateway ? Connection(options.Sequencer, "database.sequencer", faults) : null;
        var auditor = gateway ? Connection(options.Auditor, "database.auditor", faults) : null;
        return application is null || intake is null ? null : new DatabaseModel(application, intake, sequencer, auditor);
    }

    /// <summary>The connection string with this product's own settings in it; null when refused.</summary>
    public static string? Connection(string? text, string name, List<string> faults)
    {
        if (!SiloValidation.Required(text, name, faults))
        {
            return null;
        }

        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception problem) when (problem is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            faults.Add($"{name}: is not a connection string (Host=...;Port=...;Database=...;Username=...;Passfile=...).");
            return null;
        }

        var before = faults.Count;
        Check(builder, name, faults);
        // An error's details repeat values of rows; a statement that hangs must not hold a silo.
        builder.IncludeErrorDetail = false;
        builder.LogParameters = false;
        builder.Timeout = 10;
        builder.CommandTimeout = 5;
        builder.ApplicationName = "bailiwick";
        return faults.Count == before ? builder.ConnectionString : null;
    }

    private static void Check(NpgsqlConnectionStringBuilder builder, string name, List<string> faults)
    {
        foreach (var (key, value) in new[] { ("Host", builder.Host), ("Database", builder.Database), ("Username", builder.Username) })
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                faults.Add($"{name}: {key} is needed.");
            }
        }

        if (builder.Password is not null)
        {
            faults.Add($"{name}: a password must not stand here; name a Passfile of mode 0600.");
        }

        if (string.IsNullOrWhiteSpace(builder.Passfile))
        {
            faults.Add($"{name}: Passfile is needed.");
        }
        else
        {
            SiloFiles.CheckSecret(builder.Passfile, $"{name}: Passfile", faults);
        }
    }
}
