using System.CommandLine;
using Spectre.Console;

namespace Bailiwick.Cli.Verbs;

/// <summary>Tables as people want them: plain where the output is piped.</summary>
internal static class CliTable
{
    /// <summary>Width where the output is no terminal: nothing is to be wrapped there.</summary>
    private const int Piped = 200;

    public static IAnsiConsole Console(ParseResult parsed)
    {
        var output = parsed.InvocationConfiguration.Output;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (output != System.Console.Out || System.Console.IsOutputRedirected)
        {
            console.Profile.Width = Piped;
        }

        return console;
    }

    public static Table Of(params IEnumerable<string> columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        return table;
    }
}
