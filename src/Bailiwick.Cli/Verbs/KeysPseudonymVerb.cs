using System.CommandLine;
using System.Security.Cryptography;

namespace Bailiwick.Cli.Verbs;

/// <summary>`keys pseudonym`: makes the key under which records name subjects.</summary>
internal static class KeysPseudonymVerb
{
    private const int KeyBytes = 32;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "File of the key, mode 0600." };
        var command = new Command(
            "pseudonym",
            """
            Makes the key of pseudonyms (callers.pseudonymKey): under it records name the subjects of tokens and client certificates. Give every
            gateway of the boundary the same one, and keep it: with another key, one person has another name in the records.
            Exit codes: 0 made, 2 refused.

            Examples:
              bailiwick keys pseudonym pseudonym.key
            """) { file };
        command.SetAction(parse =>
        {
            try
            {
                KeysFiles.WriteSecret(parse.GetRequiredValue(file), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)));
                parse.InvocationConfiguration.Output.WriteLine($"{parse.GetRequiredValue(file)}  key of pseudonyms (mode 0600)");
                return 0;
            }
            catch (KeysRefusedException refused)
            {
                parse.InvocationConfiguration.Error.WriteLine(refused.Message);
                return KeysOptions.Refused;
            }
        });
        return command;
    }
}
