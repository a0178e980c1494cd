using System.CommandLine;
using System.Text.Json.Nodes;

namespace Bailiwick.Cli.Verbs;

/// <summary>Where a verb writes, and how it was asked to write.</summary>
internal sealed record AuditOutput(TextWriter Out, TextWriter Error, bool IsJson)
{
    /// <summary>One line, in the form that was asked for.</summary>
    public Task SayAsync(JsonNode json, string text, CancellationToken cancellationToken) =>
        Out.WriteLineAsync((IsJson ? json.ToJsonString(PolicyJson.OneLine) : text).AsMemory(), cancellationToken);
}

/// <summary>A verb with its examples, its output option, and the border at which its errors become sentences.</summary>
internal sealed class AuditCommand : Command
{
    private readonly Option<string> _output = new("--output")
    {
        Description = "text for people, json for programs.",
        DefaultValueFactory = _ => "text",
    };

    public AuditCommand(string name, string description, params string[] examples)
        : base(name, description + "\n\nExamples:\n  " + string.Join("\n  ", examples))
    {
        _output.AcceptOnlyFromAmong("text", "json");
        Options.Add(_output);
    }

    public void OnRun(Func<ParseResult, AuditOutput, CancellationToken, Task<int>> run) =>
        SetAction(async (parsed, cancellationToken) =>
        {
            var configuration = parsed.InvocationConfiguration;
            var output = new AuditOutput(configuration.Output, configuration.Error, parsed.GetValue(_output) == "json");
            try
            {
                return await run(parsed, output, cancellationToken);
            }
            catch (Exception error) when (error is AuditException or IOException or UnauthorizedAccessException)
            {
                var status = (error as AuditException)?.Status ?? AuditStatus.Unusable;
                await output.Error.WriteLineAsync(
                    status == AuditStatus.Refused ? $"REFUSED   {error.Message}" : $"bailiwick {Path(this)}: {error.Message}");
                return status;
            }
        });

    private static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } above and not RootCommand
            ? $"{Path(above)} {command.Name}"
            : command.Name;
}
