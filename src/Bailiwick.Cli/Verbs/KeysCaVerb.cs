using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>`keys ca`: makes the site's authority.</summary>
internal static class KeysCaVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Folder for ca.pem and ca.key; made when absent." };
        var name = new Option<string>("--name")
        {
            Description = "Common name of the authority, 1 to 64 characters.",
            DefaultValueFactory = _ => "Bailiwick site authority",
        };
        name.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { Length: >= 1 and <= 64 } text || text.Any(char.IsControl))
            {
                result.AddError("--name: 1 to 64 characters are needed.");
            }
        });
        var days = KeysOptions.Days(3650, 7300, "Life of the authority in days, 1 to 7300. When it ends, everything that it signed ends.");
        var command = new Command(
            "ca",
            """
            Makes the authority that signs the certificates of silos, doors and callers, and nothing below them (path length 0).
            Keep ca.key away from the silos: whoever has it can enrol a silo in any zone.
            Exit codes: 0 made, 2 refused.

            Examples:
              bailiwick keys ca keys
              bailiwick keys ca keys --name "Ministry of Finance" --days 1825 --output json
            """) { folder, name, days };
        var options = new KeysOptions(command);
        command.SetAction(parse => options.Run(parse, () =>
        {
            var now = TimeProvider.System.GetUtcNow();
            using var made = KeysAuthority.Create(parse.GetRequiredValue(name), now, now.AddDays(parse.GetValue(days)));
            return KeysFiles.Write(parse.GetRequiredValue(folder), "ca", made, null);
        }));
        return command;
    }
}
