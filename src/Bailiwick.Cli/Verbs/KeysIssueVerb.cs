using System.CommandLine;
using Bailiwick.Protocol;

namespace Bailiwick.Cli.Verbs;

/// <summary>`keys issue`: makes the certificate of one silo.</summary>
internal static class KeysIssueVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Folder for silo.pem and silo.key; made when absent." };
        var authority = KeysOptions.Authority();
        var zone = Name("--zone", "Zone of the silo, an id of the policy.");
        var node = Name("--node", "Name of the machine, unique within the zone.");
        var roles = new Option<string[]>("--role")
        {
            Description = "What the silo may be; give it twice for both.",
            Required = true,
        };
        roles.AcceptOnlyFromAmong("gateway", "worker");
        roles.Validators.Add(result =>
        {
            if (!SiloIdentity.TryParseRoles(result.Tokens.Select(token => token.Value), out _))
            {
                result.AddError("--role: gateway or worker, or one of each.");
            }
        });
        var days = KeysOptions.Days(30, 397, "Life of the certificate in days, 1 to 397. Short, since nothing is revoked: issue anew before it ends.");
        var command = new Command(
            "issue",
            """
            Makes the certificate of one silo. Its only name is spiffe://bailiwick/zone/ZONE/node/NODE/role/ROLES, which enrols the silo
            in that zone; a silo whose settings say otherwise does not start.
            Exit codes: 0 made, 2 refused.

            Examples:
              bailiwick keys issue silo-1 --ca keys --zone local-1 --node n1 --role gateway --role worker
              bailiwick keys issue silo-2 --ca keys --zone local-1 --node n2 --role worker --days 7 --output json
            """) { folder, authority, zone, node, roles, days };
        var options = new KeysOptions(command);
        command.SetAction(parse => options.Run(parse, () =>
        {
            // The option's validator has accepted the words.
            _ = SiloIdentity.TryParseRoles(parse.GetRequiredValue(roles), out var allowed);
            var identity = new SiloIdentity(parse.GetRequiredValue(zone), parse.GetRequiredValue(node), allowed);
            using var issuer = KeysFiles.ReadAuthority(parse.GetRequiredValue(authority));
            var now = TimeProvider.System.GetUtcNow();
            using var made = KeysAuthority.Issue(issuer, identity, now, now.AddDays(parse.GetValue(days)));
            return KeysFiles.Write(parse.GetRequiredValue(folder), "silo", made, identity.Uri);
        }));
        return command;
    }

    private static Option<string> Name(string option, string description)
    {
        var name = new Option<string>(option) { Description = description, Required = true };
        name.Validators.Add(result =>
        {
            if (!SiloIdentity.IsName(result.GetValueOrDefault<string>()))
            {
                result.AddError($"{option}: {SiloIdentity.NameRule}.");
            }
        });
        return name;
    }
}
