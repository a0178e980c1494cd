using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>`keys door`: makes the certificate of a gateway's doors.</summary>
internal static class KeysDoorVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Folder for door.pem and door.key; made when absent." };
        var authority = KeysOptions.Authority();
        var names = new Option<string[]>("--name") { Description = "Host name or address that callers use; repeatable.", HelpName = "host", Required = true };
        names.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => Uri.CheckHostName(token.Value) is UriHostNameType.Unknown or UriHostNameType.Basic) is { } wrong)
            {
                result.AddError($"--name: '{wrong.Value}' is neither a host name nor an address.");
            }
        });
        var days = KeysOptions.Days(30, 397, "Life of the certificate in days, 1 to 397.");
        var command = new Command(
            "door",
            """
            Makes the certificate that a gateway's doors show (listen.tls). It enrols no silo. Callers must trust ca.pem.
            Exit codes: 0 made, 2 refused.

            Examples:
              bailiwick keys door door-1 --ca keys --name localhost --name 127.0.0.1
              bailiwick keys door door-1 --ca keys --name ai.ministry.example --days 90 --output json
            """) { folder, authority, names, days };
        var options = new KeysOptions(command);
        command.SetAction(parse => options.Run(parse, () =>
        {
            using var issuer = KeysFiles.ReadAuthority(parse.GetRequiredValue(authority));
            var now = TimeProvider.System.GetUtcNow();
            using var made = KeysAuthority.IssueDoor(issuer, parse.GetRequiredValue(names), now, now.AddDays(parse.GetValue(days)));
            return KeysFiles.Write(parse.GetRequiredValue(folder), "door", made, null);
        }));
        return command;
    }
}
