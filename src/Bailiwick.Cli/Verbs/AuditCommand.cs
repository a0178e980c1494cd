using System.CommandLine;

namespace Bailiwick.Cli.Verbs;

/// <summary>Where a verb writes, and how it was asked to write.</summary>
internal sealed record AuditOutput(TextWriter Out, TextWriter Error, bool IsJson);

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
                await output.Error.WriteLineAsync($"bailiwick audit {Name}: {error.Message}");
                return AuditStatus.Unusable;
            }
        });
}
