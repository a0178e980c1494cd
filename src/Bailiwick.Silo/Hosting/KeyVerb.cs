using System.Globalization;
using Bailiwick.Evidence;
using Bailiwick.Residency;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Cluster;
using Npgsql;

namespace Bailiwick.Silo.Hosting;

/// <summary>
/// Makes a key with the database's own logins: the first one of a site, which no key can ask for. It needs a configuration with zone, node,
/// database.application, database.intake and policy, and no running silo. It is a record first, as every later key is.
/// </summary>
internal static class KeyVerb
{
    /// <summary>In the record, instead of the key that asks for a key.</summary>
    private const string Actor = "site-operator";

    private const string KeyUse = "api";

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
        var intake = DatabaseValidation.Connection(options.Database.Intake, "database.intake", faults);
        if (options.Zone is null || options.Node is null)
        {
            faults.Add("zone and node: are needed, since the record names who made the key.");
        }

        if (SiloFiles.LoadPolicy(options.Policy, faults).Policy is { } policy)
        {
            faults.AddRange(KeyRules.Check(asked, policy.Vocabulary, time.GetUtcNow()).Select(fault => $"{fault.Field}: {fault.Sentence}"));
        }

        return faults.Count > 0
            ? SiloHost.Fail(string.Join(Environment.NewLine, faults), SiloHost.Refused)
            : await AddAsync(
                database!, new RecordTable(intake!, time), new RecordChain($"{options.Zone}/{options.Node}/key", time),
                new KeyMint(new SystemChance(), time).Make(asked), cancellationToken);
    }

    private static async Task<int> AddAsync(
        string database, RecordTable records, RecordChain chain, MintedKey minted, CancellationToken cancellationToken)
    {
        await using var table = records;
        if (await Schema.FaultAsync(database, cancellationToken) is { } fault)
        {
            return SiloHost.Fail($"database.application: {fault}", SiloHost.NotJoined);
        }

        try
        {
            // A writer of its own, beside the silo that may run here: each chain has one.
            var previous = await records.LastAsync(chain.Silo, cancellationToken);
            var record = AuditRecord.Of(new KeyLeaf(chain.Origin(previous), KeyAct.Created, KeyUse, minted.Key.Id, null, Actor));
            if (await records.InsertAsync([record], repeated: false, cancellationToken) is (not Written.All, var problem))
            {
                return SiloHost.Fail($"database.intake: the key cannot be recorded, so it is not made: {problem}", SiloHost.NotJoined);
            }

            await using var source = NpgsqlDataSource.Create(database);
            await new KeyStore(source).AddAsync(minted, cancellationToken);
        }
        catch (Exception problem) when (problem is NpgsqlException or TimeoutException)
        {
            return SiloHost.Fail($"database: {Schema.Sentence(problem)}", SiloHost.NotJoined);
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
