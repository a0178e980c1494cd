using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bailiwick.Cli.Verbs;

/// <summary>What the keys verbs share: the form of the output, the life, and how a refusal is told.</summary>
internal sealed class KeysOptions
{
    /// <summary>Exit code where nothing was made.</summary>
    public const int Refused = 2;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Option<string> _output = new("--output")
    {
        Description = "text for people, json for programs.",
        DefaultValueFactory = _ => "text",
    };

    public KeysOptions(Command command)
    {
        _output.AcceptOnlyFromAmong("text", "json");
        command.Add(_output);
    }

    public static Option<string> Authority() => new("--ca") { Description = "Folder with ca.pem and ca.key.", HelpName = "folder", Required = true };

    public static Option<int> Days(int usual, int most, string description)
    {
        var days = new Option<int>("--days") { Description = description, DefaultValueFactory = _ => usual };
        OptionRange.Between(days, 1, most);
        return days;
    }

    /// <summary>Runs a verb and tells what it made, or why not.</summary>
    public int Run(ParseResult parse, Func<KeysMade> verb)
    {
        var json = parse.GetValue(_output) == "json";
        try
        {
            var made = verb();
            parse.InvocationConfiguration.Output.WriteLine(json ? Json(made) : Text(made));
            return 0;
        }
        catch (KeysRefusedException refused) when (json)
        {
            parse.InvocationConfiguration.Output.WriteLine(new JsonObject { ["refused"] = refused.Message }.ToJsonString(Indented));
            return Refused;
        }
        catch (KeysRefusedException refused)
        {
            parse.InvocationConfiguration.Error.WriteLine(refused.Message);
            return Refused;
        }
    }

    private static string Text(KeysMade made) => $"""
        {made.CertificateFile}  certificate, valid until {Time(made.NotAfter)}
        {made.KeyFile}  its private key (mode 0600)
        {(made.Uri is null ? "SHA-256 " : $"{made.Uri}{Environment.NewLine}SHA-256 ")}{made.Sha256}
        """;

    private static string Json(KeysMade made) => new JsonObject
    {
        ["certificate"] = made.CertificateFile,
        ["key"] = made.KeyFile,
        ["uri"] = made.Uri,
        ["not_before"] = Time(made.NotBefore),
        ["not_after"] = Time(made.NotAfter),
        ["sha256"] = made.Sha256,
    }.ToJsonString(Indented);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}

/// <summary>
/// What was written: two files; the silo's name (null for the authority); the life; the certificate's fingerprint in lower-case hex.
/// </summary>
internal sealed record KeysMade(
    string CertificateFile, string KeyFile, string? Uri, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Sha256);

/// <summary>A sentence that says why nothing was made.</summary>
internal sealed class KeysRefusedException(string sentence) : Exception(sentence);
