using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Sessions;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Bailiwick.Silo.Hosting;

/// <summary>
/// Seals what is kept by the newest key, so that older ones can be destroyed. It needs a configuration with database.application and
/// sessions.keys, and no running silo; running ones must hold the newest key already.
/// </summary>
internal static class ResealVerb
{
    public static async Task<int> RunAsync(string file, CancellationToken cancellationToken)
    {
        var (options, unread) = SiloFile.Read(file);
        if (options is null)
        {
            return SiloHost.Fail(unread!, SiloHost.Refused);
        }

        var faults = new List<string>();
        var database = DatabaseValidation.Connection(options.Database.Application, "database.application", faults);
        var keys = SiloValidation.Required(options.Sessions.Keys, "sessions.keys", faults)
            ? SessionsValidation.Read(options.Sessions.Keys!, faults) : null;
        if (faults.Count > 0)
        {
            return SiloHost.Fail(string.Join(Environment.NewLine, faults), SiloHost.Refused);
        }

        if (await Schema.FaultAsync(database!, cancellationToken) is { } fault)
        {
            return SiloHost.Fail($"database.application: {fault}", SiloHost.NotJoined);
        }

        try
        {
            await using var source = NpgsqlDataSource.Create(database!);
            var resealing = new Resealing(
                new TurnTable(source), new ConversationTable(source), new SessionVault(new Seal(keys!), NullLogger<SessionVault>.Instance));
            var (done, left) = await resealing.RunAsync(cancellationToken);
            Console.Out.WriteLine($"{done} rows are sealed anew by key {keys!.Newest}.");
            return left == 0 ? SiloHost.Success : SiloHost.Fail(
                $"{left} rows are not: they changed meanwhile, or this file lacks the key that sealed them. Run this again before a key is removed.",
                SiloHost.Refused);
        }
        catch (Exception problem) when (problem is NpgsqlException or TimeoutException)
        {
            return SiloHost.Fail($"database.application: {Schema.Sentence(problem)}", SiloHost.NotJoined);
        }
    }
}
