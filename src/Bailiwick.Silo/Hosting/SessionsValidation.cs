using System.Net;
using Bailiwick.Protocol;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Npgsql;

namespace Bailiwick.Silo.Hosting;

/// <summary>Checks what a gateway needs to keep conversations; a site that names no sealing keys keeps none.</summary>
internal static class SessionsValidation
{
    private const int MostDays = 3660;

    /// <param name="options">As read.</param>
    /// <param name="siloZone">Zone of this silo.</param>
    /// <param name="database">Connection string of the database that will hold them; null where it was refused.</param>
    /// <param name="policy">Whose zones there are.</param>
    /// <param name="faults">Gets what is wrong.</param>
    public static SessionsModel? Validate(
        SessionsOptions options, string? siloZone, string? database, CompiledPolicy policy, List<string> faults)
    {
        if (options.Keys is null)
        {
            return null;
        }

        if (options.RetentionDays is < 1 or > MostDays)
        {
            faults.Add($"sessions.retentionDays: {options.RetentionDays} must lie between 1 and {MostDays}.");
        }

        var place = Store(options.Zone, siloZone, database, policy, faults);
        var keys = Read(options.Keys, faults);
        return keys is not null && place is { } known ? new SessionsModel(keys, known, TimeSpan.FromDays(options.RetentionDays)) : null;
    }

    public static SealingKeys? Read(string file, List<string> faults)
    {
        var before = faults.Count;
        SiloFiles.CheckSecret(file, "sessions.keys", faults);
        if (faults.Count > before)
        {
            return null;
        }

        try
        {
            if (SealingKeys.TryRead(File.ReadAllText(file), out var keys, out var fault))
            {
                return keys;
            }

            faults.Add($"sessions.keys: '{file}' {fault}.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            faults.Add($"sessions.keys: {problem.Message}");
        }

        return null;
    }

    /// <summary>A database on this machine stands where the silo's certificate says; elsewhere it stands on the word of its operator.</summary>
    private static Place? Store(string? zone, string? siloZone, string? database, CompiledPolicy policy, List<string> faults)
    {
        if (zone is not null)
        {
            if (policy.Vocabulary.Zones.Contains(zone))
            {
                return Place.In(zone, Proof.Contract);
            }

            faults.Add($"sessions.zone: '{zone}' is not in the policy.");
            return null;
        }

        if (database is null || siloZone is null)
        {
            return null;
        }

        if (IsHere(new NpgsqlConnectionStringBuilder(database).Host!))
        {
            return Place.In(siloZone, Proof.Certificate);
        }

        faults.Add("sessions.zone: is needed, since the database does not stand on this machine.");
        return null;
    }

    private static bool IsHere(string host) =>
        host == "localhost" || host.StartsWith('/') || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
