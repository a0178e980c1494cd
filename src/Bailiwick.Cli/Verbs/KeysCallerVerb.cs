using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>`keys caller`: makes the certificate of a caller.</summary>
internal static class KeysCallerVerb
{
    private const string SiloPrefix = "spiffe://bailiwick/";

    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Folder for caller.pem and caller.key; made when absent." };
        var authority = KeysOptions.Authority();
        var uri = new Option<string>("--uri") { Description = "Its one name, which callers.certificates maps to a tenant or a zone.", HelpName = "uri", Required = true };
        uri.Validators.Add(result =>
        {
            if (!Uri.TryCreate(result.GetValueOrDefault<string>(), UriKind.Absolute, out var name) || !name.ToString().All(char.IsAscii))
            {
                result.AddError("--uri: an absolute URI is needed: spiffe://ministry/team/press.");
            }
            else if (name.ToString().StartsWith(SiloPrefix, StringComparison.OrdinalIgnoreCase))
            {
                result.AddError($"--uri: {SiloPrefix} is for silos; `bailiwick keys issue` makes theirs.");
            }
        });
        var days = KeysOptions.Days(30, 397, "Life of the certificate in days, 1 to 397.");
        var command = new Command(
            "caller",
            """
            Makes a client certificate. What it gives stands in each gateway's configuration (callers.certificates), not in the certificate.
            To end it before its time, add the line sha256:FINGERPRINT to the file that callers.revoked names.
            Exit codes: 0 made, 2 refused.

            Examples:
              bailiwick keys caller press --ca keys --uri spiffe://ministry/team/press
              bailiwick keys caller desk-7 --ca keys --uri spiffe://ministry/desk/7 --days 7 --output json
            """) { folder, authority, uri, days };
        var options = new KeysOptions(command);
        command.SetAction(parse => options.Run(parse, () =>
        {
            using var issuer = KeysFiles.ReadAuthority(parse.GetRequiredValue(authority));
            var now = TimeProvider.System.GetUtcNow();
            var name = parse.GetRequiredValue(uri);
            using var made = KeysAuthority.IssueCaller(issuer, new Uri(name), now, now.AddDays(parse.GetValue(days)));
            return KeysFiles.Write(parse.GetRequiredValue(folder), "caller", made, name);
        }));
        return command;
    }
}
