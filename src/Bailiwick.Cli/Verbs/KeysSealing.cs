using System.CommandLine;
using System.Security.Cryptography;
using Bailiwick.Protocol;

namespace Bailiwick.Cli.Verbs;

/// <summary>`keys sealing`: the master keys under which conversations are sealed.</summary>
internal static class KeysSealing
{
    private const string First = "k1";
    private const int Refused = 2;

    public static Command Create() => new(
        "sealing",
        """
        Makes and rotates the keys that seal conversations (sessions.keys of a silo). Whoever has the file and a dump of the database can
        read what is kept; without the file nobody can, not even the site: keep a copy where backups are not.
        """)
    {
        New(), Rotate(),
    };

    /// <summary>A file with one new key, its owner's alone.</summary>
    /// <exception cref="IOException">There is one already.</exception>
    public static void Make(string path)
    {
        Span<byte> key = stackalloc byte[SealingKeys.KeyLength];
        RandomNumberGenerator.Fill(key);
        SecretFile.Write(path, SealingKeys.Begin(First, key));
        CryptographicOperations.ZeroMemory(key);
    }

    private static Command New()
    {
        var file = new Argument<string>("file") { Description = "File to make, mode 0600." };
        var command = new Command("new", "Makes a file with a first key.\nExit codes: 0 made, 2 refused.\n\nExamples:\n  bailiwick keys sealing new keys/sealing.keys") { file };
        command.SetAction(parse => Run(parse, () =>
        {
            Make(parse.GetRequiredValue(file));
            return First;
        }));
        return command;
    }

    private static Command Rotate()
    {
        var file = new Argument<string>("file") { Description = "File to add a key to." };
        var command = new Command(
            "rotate",
            """
            Adds a key, which seals from a silo's next start on; the older ones still open what they sealed. Give the file to every
            gateway and restart them one by one; then `bailiwick-silo reseal` seals the old rows anew, and the old lines may be removed.
            Exit codes: 0 made, 2 refused.

            Examples:
              bailiwick keys sealing rotate keys/sealing.keys
            """) { file };
        command.SetAction(parse => Run(parse, () =>
        {
            var path = parse.GetRequiredValue(file);
            Span<byte> key = stackalloc byte[SealingKeys.KeyLength];
            RandomNumberGenerator.Fill(key);
            // Whole or not at all: without it nothing that is kept can be read.
            SecretFile.Write(path + ".new", SealingKeys.Rotate(File.ReadAllText(path), key, out var id));
            CryptographicOperations.ZeroMemory(key);
            File.Move(path + ".new", path, overwrite: true);
            return id;
        }));
        return command;
    }

    private static int Run(ParseResult parse, Func<string> act)
    {
        try
        {
            parse.InvocationConfiguration.Output.WriteLine($"key {act()}");
            return 0;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or FormatException)
        {
            parse.InvocationConfiguration.Error.WriteLine(problem.Message);
            return Refused;
        }
    }
}
