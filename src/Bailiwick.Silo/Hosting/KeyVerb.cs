using System.Globalization;
using Bailiwick.Residency;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Cluster;
using Npgsql;

namespace Bailiwick.Silo.Hosting;

/// <summary>
/// Makes a key with the database's own login: the first one of a site, which no key can ask for. It needs a configuration with
/// database.application and policy, and no running silo. Every later key is made through the operations door, which records it.
/// </summary>
internal static class KeyVerb
{
    private static readonly string[] Single = ["--config", "--name", "--tenant", "--jurisdiction", "--class", "--purpose", "--days"];

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (Parse(arguments) is not { } values || !values.TryGetValue("--scope", out var scopes)
            || !int.TryParse(values["--days"][0], NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days > 366)
        {
            return SiloHost.Fail("key: every option is needed once, --scope at least once; --days is a number up to 366.", SiloHost.WrongUsage);
        }

        var (options, unread) = SiloFile.Read(values["--config"][0]);
        if (options is null)
        {
            return SiloHost.Fail(unread!, SiloHost.Refused);
        }

        var time = TimeProvider.System;
        var label = new Label(values["--jurisdiction"][0], values["--class"][0], values["--purpose"][0], values["--tenant"][0]);
        var asked = new NewKey(values["--name"][0], label, scopes, time.GetUtcNow().AddDays(days));
        var faults = new List<string>();
        var database = DatabaseValidation.Connection(options.Database.Application, "database.application", faults);
        if (SiloFiles.LoadPolicy(options.Policy, faults).Policy is { } policy)
        {
            faults.AddRange(KeyRules.Check(asked, policy.Vocabulary, time.GetUtcNow()).Select(fault => $"{fault.Field}: {fault.Sentence}"));
        }

        return faults.Count > 0
            ? SiloHost.Fail(string.Join(Environment.NewLine, faults), SiloHost.Refused)
            : await AddAsync(database!, new KeyMint(new SystemChance(), time).Make(asked), cancellationToken);
    }

    private static async Task<int> AddAsync(string database, MintedKey minted, CancellationToken cancellationToken)
    {
        if (await Schema.FaultAsync(database, cancellationToken) is { } fault)
        {
            return SiloHost.Fail($"database.application: {fault}", SiloHost.NotJoined);
        }

        try
        {
            await using var source = NpgsqlDataSource.Create(database);
            await new KeyStore(source).AddAsync(minted, cancellationToken);
        }
        catch (Exception problem) when (problem is NpgsqlException or TimeoutException)
        {
            return SiloHost.Fail($"database.application: {Schema.Sentence(problem)}", SiloHost.NotJoined);
        }

        Console.Out.WriteLine($"id: {minted.Key.Id}");
        Console.Out.WriteLine($"secret: {minted.Secret}");
        return SiloHost.Success;
    }

    /// <summary>Pairs of option and value; null where one is missing, unknown or stands twice.</summary>
    private static Dictionary<string, List<string>>? Parse(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, List<string>>();
        foreach (var pair in arguments.Chunk(2))
        {
            if (pair is not [var option, var value] || !(option == "--scope" || (Single.Contains(option) && !values.ContainsKey(option))))
            {
                return null;
            }

            values.TryAdd(option, []);
            values[option].Add(value);
        }

        return Single.All(values.ContainsKey) ? values : null;
    }
}
