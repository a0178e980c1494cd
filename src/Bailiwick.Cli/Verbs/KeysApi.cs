using System.CommandLine;
using System.Globalization;
using Bailiwick.Protocol.Operations.V1;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;
using Option = System.CommandLine.Option;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick keys api`: the API keys of the cluster.</summary>
internal static class KeysApi
{
    private const int MostDays = 365;

    public static Command Create() => new("api", "Make, list and revoke API keys. Needs a cluster and a key of scope operations.") { Make(), List(), Revoke() };

    private static ClusterCommand Make()
    {
        var command = new ClusterCommand(
            "create",
            """
            Make an API key. It gives its bearer the label named here; a request may raise that, never lower it.
            The secret is told once: on stdout, or with --out in a file of mode 0600 alone.
            """,
            "bailiwick keys api create press-office --jurisdiction local --class public --purpose service-provision --tenant quick-start",
            "bailiwick keys api create officer --jurisdiction local --class public --purpose service-provision --tenant quick-start --scope audit --out officer.key");
        var name = new Argument<string>("NAME") { Description = "For people: 1 to 64 of a-z, 0-9 and '-'" };
        var (jurisdiction, @class, purpose, tenant) = (Word("--jurisdiction"), Word("--class"), Word("--purpose"), Word("--tenant"));
        var scopes = new Option<string[]>("--scope") { Description = "What it opens; repeatable [default: inference]" };
        scopes.AcceptOnlyFromAmong("inference", "operations", "audit");
        var days = KeysOptions.Days(90, MostDays, $"Life in days, 1 to {MostDays}.");
        var file = new Option<string?>("--out") { Description = "File for the secret; an existing one is never overwritten", HelpName = "FILE" };
        command.Arguments.Add(name);
        foreach (var option in new Option[] { jurisdiction, @class, purpose, tenant, scopes, days, file })
        {
            command.Options.Add(option);
        }

        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(file);
            if (File.Exists(path))
            {
                throw new CliException($"{path} is there already; choose another name.", CliExit.Unsafe);
            }

            using var client = access.Connect(parsed);
            var made = await client.Operations.CreateKeyAsync(
                new CreateKeyRequest
                {
                    Name = parsed.GetRequiredValue(name),
                    Jurisdiction = parsed.GetRequiredValue(jurisdiction),
                    Class = parsed.GetRequiredValue(@class),
                    Purpose = parsed.GetRequiredValue(purpose),
                    Tenant = parsed.GetRequiredValue(tenant),
                    Scopes = { parsed.GetValue(scopes) is { Length: > 0 } given ? given : ["inference"] },
                    Expires = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(parsed.GetValue(days))),
                },
                cancellationToken);
            if (path is not null)
            {
                await SecretFile.WriteAsync(path, made.Secret, cancellationToken);
            }

            if (command.IsJson(parsed))
            {
                ModelsOptions.WriteJson(parsed, new { made.Id, Secret = path is null ? made.Secret : null, File = path });
            }
            else
            {
                parsed.InvocationConfiguration.Output.WriteLine($"id      {made.Id}\n{(path is null ? $"secret  {made.Secret}" : $"secret in {path}")}");
            }

            return CliExit.Done;
        });
        return command;
    }

    private static ClusterCommand List()
    {
        var command = new ClusterCommand("list", "List the API keys, without secrets.", "bailiwick keys api list");
        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            using var client = access.Connect(parsed);
            var keys = await client.Operations.ListKeysAsync(cancellationToken);
            if (command.IsJson(parsed))
            {
                ModelsOptions.WriteJson(parsed, keys.Select(key => new
                {
                    key.Id, key.Name, key.Jurisdiction, key.Class, key.Purpose, key.Tenant, key.Scopes,
                    Created = key.Created?.ToDateTimeOffset(), Expires = key.Expires?.ToDateTimeOffset(), Revoked = key.Revoked?.ToDateTimeOffset(),
                }));
                return CliExit.Done;
            }

            var table = CliTable.Of("Id", "Name", "Label", "Scopes", "Expires", "Revoked");
            foreach (var key in keys)
            {
                table.AddRow(
                    new Text(key.Id), new Text(key.Name), new Text($"{key.Jurisdiction},{key.Class},{key.Purpose},{key.Tenant}"),
                    new Text(string.Join(", ", key.Scopes)), new Text(Day(key.Expires)), new Text(Day(key.Revoked)));
            }

            CliTable.Console(parsed).Write(table);
            return CliExit.Done;
        });
        return command;
    }

    private static ClusterCommand Revoke()
    {
        var command = new ClusterCommand("revoke", "End a key's life within a second on every gateway.", "bailiwick keys api revoke k-0123456789abcdef");
        var id = new Argument<string>("ID") { Description = "Id of the key" };
        command.Arguments.Add(id);
        var access = new ClusterAccess(command);
        command.OnRun(async (parsed, cancellationToken) =>
        {
            using var client = access.Connect(parsed);
            await client.Operations.RevokeKeyAsync(parsed.GetRequiredValue(id), cancellationToken);
            if (command.IsJson(parsed))
            {
                ModelsOptions.WriteJson(parsed, new { Revoked = parsed.GetRequiredValue(id) });
            }
            else
            {
                parsed.InvocationConfiguration.Output.WriteLine($"{parsed.GetRequiredValue(id)} is revoked.");
            }

            return CliExit.Done;
        });
        return command;
    }

    private static Option<string> Word(string name) => new(name) { Description = "Of the label: an id of the policy", Required = true };

    private static string Day(Timestamp? time) => time?.ToDateTimeOffset().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "-";
}
