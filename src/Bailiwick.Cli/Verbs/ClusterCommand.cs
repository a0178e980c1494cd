using System.CommandLine;
using System.Text.Json.Nodes;
using Bailiwick.Client;
using Grpc.Core;

namespace Bailiwick.Cli.Verbs;

/// <summary>
/// A verb that speaks to a cluster or runs one: its examples, --data and --output, and the border at which its errors become a
/// sentence on stderr and an exit code.
/// </summary>
internal sealed class ClusterCommand : Command
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "Data folder of the site [default: /var/lib/bailiwick as root, else ~/.local/share/bailiwick/site]", HelpName = "FOLDER",
    };

    private readonly Option<string> _output = ModelsOptions.Output();

    public ClusterCommand(string name, string description, params string[] examples)
        : base(name, $"{description}\n\nExamples:\n  {string.Join("\n  ", examples)}\n\n{CliExit.Help}")
    {
        _data.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError("--data names a folder; it is empty.");
            }
        });
        Options.Add(_data);
        Options.Add(_output);
    }

    public SitePaths Paths(ParseResult parsed) => new(parsed.GetValue(_data) ?? SitePaths.DefaultFolder());

    public bool IsJson(ParseResult parsed) => ModelsOptions.IsJson(parsed, _output);

    public void OnRun(Func<ParseResult, CancellationToken, Task<int>> run) =>
        SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return await run(parsed, cancellationToken);
            }
            catch (CliException refused)
            {
                return Say(parsed, refused.Message, refused.ExitCode);
            }
            catch (BailiwickException refused)
            {
                return Say(parsed, refused);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return Say(parsed, problem.Message, CliExit.Failed);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return Say(parsed, "Ended.", CliExit.Cancelled);
            }
        });

    /// <summary>The exit code of what the cluster said.</summary>
    internal static int ExitCode(BailiwickException refused) => refused.Code switch
    {
        "clearance" or "scope" => CliExit.Auth,
        "epoch" or "busy" => CliExit.Unsafe,
        _ => refused.Status switch
        {
            StatusCode.Unauthenticated => CliExit.Auth,
            StatusCode.NotFound => CliExit.NotFound,
            StatusCode.DeadlineExceeded => CliExit.TimeOut,
            StatusCode.Cancelled => CliExit.Cancelled,
            _ => CliExit.Failed,
        },
    };

    /// <summary>Tells what the cluster said.</summary>
    /// <returns>The exit code of it.</returns>
    internal int Say(ParseResult parsed, BailiwickException refused)
    {
        if (IsJson(parsed))
        {
            parsed.InvocationConfiguration.Error.WriteLine(new JsonObject
            {
                ["error"] = refused.Code,
                ["message"] = refused.Message,
                ["rules"] = PolicyJson.Texts(refused.Rules),
                ["why"] = PolicyJson.Texts(refused.Why),
                ["retry_after_seconds"] = refused.RetryAfter?.TotalSeconds,
            }.ToJsonString());
            return ExitCode(refused);
        }

        var error = parsed.InvocationConfiguration.Error;
        error.WriteLine($"{refused.Message.TrimEnd('.')} ({refused.Code}).");
        foreach (var why in refused.Why)
        {
            error.WriteLine($"  {why}");
        }

        if (refused.Rules.Count > 0)
        {
            error.WriteLine($"  Rules: {string.Join(", ", refused.Rules)}. `bailiwick policy why` tells the story of a decision.");
        }

        if (refused.Code == BailiwickException.Unreachable)
        {
            error.WriteLine("  Is the cluster up? `bailiwick up` starts it; --server names another one.");
        }

        return ExitCode(refused);
    }

    private int Say(ParseResult parsed, string sentence, int exitCode)
    {
        var text = sentence.EndsWith('.') ? sentence : sentence + ".";
        parsed.InvocationConfiguration.Error.WriteLine(IsJson(parsed)
            ? new JsonObject { ["error"] = "failed", ["message"] = text }.ToJsonString()
            : text);
        return exitCode;
    }
}
