using System.CommandLine;
using Bailiwick.Cli.Verbs;

namespace Bailiwick.Cli;

/// <summary>The `bailiwick` command: one file per verb in Verbs/.</summary>
public static class Program
{
    private const int WrongUsage = 2;

    public static Task<int> Main(string[] args) => RunAsync(args, new InvocationConfiguration(), CancellationToken.None);

    /// <summary>Runs one command. Wrong usage exits with 2, whatever the verb.</summary>
    internal static async Task<int> RunAsync(string[] args, InvocationConfiguration configuration, CancellationToken cancellationToken)
    {
        var root = new RootCommand("Bailiwick: a sovereign inference cluster.")
        {
            UpVerb.Create(),
            DownVerb.Create(),
            ChatVerb.Create(),
            ConversationsVerb.Create(),
            NodesVerb.Create(),
            AuditVerb.Create(),
            KeysVerb.Create(),
            ModelsVerb.Create(),
            PolicyVerb.Create(),
        };
        var parsed = root.Parse(args);
        // A list of commands has a line for each; a command's own help has all of it.
        foreach (var listed in parsed.CommandResult.Command.Subcommands)
        {
            listed.Description = FirstSentence(listed.Description ?? "");
        }

        var code = await parsed.InvokeAsync(configuration, cancellationToken);
        return parsed.Errors.Count > 0 ? WrongUsage : code;
    }

    private static string FirstSentence(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        var end = line.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? line : line[..(end + 1)];
    }
}
