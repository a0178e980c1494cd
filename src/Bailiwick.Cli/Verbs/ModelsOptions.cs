using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bailiwick.Models.Catalogue;

namespace Bailiwick.Cli.Verbs;

/// <summary>Options that the verbs of `bailiwick models` share.</summary>
internal static class ModelsOptions
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>--store.</summary>
    public static Option<string> Store() => new("--store")
    {
        Description = "Folder of the store [default: $BAILIWICK_HOME, else $XDG_DATA_HOME/bailiwick, else ~/.local/share/bailiwick]",
        HelpName = "FOLDER",
    };

    /// <summary>--output.</summary>
    public static Option<string> Output()
    {
        var option = new Option<string>("--output") { Description = "Form of the result", DefaultValueFactory = _ => "text" };
        option.AcceptOnlyFromAmong("text", "json");
        return option;
    }

    /// <summary>The argument that names a build.</summary>
    public static Argument<string> Model() => new("MODEL")
    {
        Description = "Name or alias, or NAME@DIGEST with the first eight or more digits of a build's digest",
    };

    /// <summary>The store that the command line means.</summary>
    public static ModelStore StoreOf(ParseResult parsed, Option<string> store) =>
        new(parsed.GetValue(store) ?? DefaultRoot());

    public static bool IsJson(ParseResult parsed, Option<string> output) => parsed.GetValue(output) == "json";

    public static void WriteJson<T>(ParseResult parsed, T value) =>
        parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(value, Json));

    private static string DefaultRoot()
    {
        if (Environment.GetEnvironmentVariable("BAILIWICK_HOME") is { Length: > 0 } home) return home;
        return Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data
            ? Path.Combine(data, "bailiwick")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share", "bailiwick");
    }
}
