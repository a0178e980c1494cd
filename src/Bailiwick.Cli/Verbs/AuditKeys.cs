using System.CommandLine;
using System.Text.Json.Nodes;
using Bailiwick.Evidence;
using Bailiwick.Evidence.Storage;

namespace Bailiwick.Cli.Verbs;

/// <summary>`bailiwick audit keys`: make and check the key files of logs and witnesses.</summary>
internal static class AuditKeys
{
    public static Command Create() => new("keys", "Make and check key files. A private key never leaves its file.") { New(), Show() };

    private static AuditCommand New()
    {
        var command = new AuditCommand(
            "new",
            "Make a key file with mode 0600 and print its public verifier key. Exit status: 0 made, 2 cannot run.",
            "bailiwick audit keys new log.key --name log.example/bailiwick/eu.de --type log > log.vkey",
            "bailiwick audit keys new court.key --name court.example/w --type witness > court.vkey");
        var file = new Argument<string>("FILE") { Description = "The file to make; an existing one is never overwritten." };
        var name = new Option<string>("--name") { Description = "Name of the key: for a log its origin.", Required = true };
        var type = new Option<string>("--type") { Description = "log (Ed25519), witness (Ed25519), or mldsa (ML-DSA-44, both uses).", Required = true };
        type.AcceptOnlyFromAmong("log", "witness", "mldsa");
        command.Arguments.Add(file);
        command.Options.Add(name);
        command.Options.Add(type);
        command.OnRun(async (parsed, output, cancellationToken) =>
        {
            using var key = Generate(parsed.GetValue(name)!, parsed.GetValue(type)!);
            KeyFile.Create(parsed.GetValue(file)!, key);
            await PrintAsync(key.Key, output, cancellationToken);
            return AuditStatus.Good;
        });
        return command;
    }

    private static AuditCommand Show()
    {
        var command = new AuditCommand(
            "show",
            "Check a key file (mode, owner, form) and print its public verifier key. Exit status: 0 good, 1 refused.",
            "bailiwick audit keys show log.key");
        var file = new Argument<string>("FILE") { Description = "The key file." };
        command.Arguments.Add(file);
        command.OnRun(async (parsed, output, cancellationToken) =>
        {
            if (!KeyFile.TryRead(parsed.GetValue(file)!, out var key, out var fault))
            {
                await output.Error.WriteLineAsync($"REFUSED   {fault}");
                return AuditStatus.Refused;
            }

            using (key)
            {
                await PrintAsync(key.Key, output, cancellationToken);
            }

            return AuditStatus.Good;
        });
        return command;
    }

    private static SigningKey Generate(string name, string type)
    {
        try
        {
            return SigningKey.Generate(name, type switch
            {
                "log" => SignatureType.Ed25519,
                "witness" => SignatureType.Ed25519Cosignature,
                _ => SignatureType.MlDsa44Cosignature,
            });
        }
        catch (ArgumentException)
        {
            throw new AuditException($"--name: '{name}' is no name of a key: 1 to 255 bytes without blanks, plus and control characters, such as log.example/eu.de");
        }
    }

    private static Task PrintAsync(VerifierKey key, AuditOutput output, CancellationToken cancellationToken) => output.SayAsync(
        new JsonObject { ["name"] = key.Name, ["type"] = key.Type.ToString(), ["vkey"] = key.ToString() }, key.ToString(), cancellationToken);
}
