using System.CommandLine;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;

namespace Bailiwick.Cli.Verbs;

/// <summary>What all policy verbs take: a policy file, the time, activations, the form of the output.</summary>
internal sealed class PolicyOptions
{
    // Once, so that two policies without a time are asked about the same one.
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private readonly Option<string?> _at = TimeOption("--at", "The time that is asked about, in UTC as 2026-01-31T00:00:00Z. Default: now.");
    private readonly Option<string?> _activations = new("--activations")
    {
        Description = "YAML file with break-glass activations: a list of {document, from, until, reason, approvers}.",
        HelpName = "file",
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "text for people, json for programs.",
        DefaultValueFactory = _ => "text",
    };

    public PolicyOptions(Command command)
    {
        _output.AcceptOnlyFromAmong("text", "json");
        command.Add(_at);
        command.Add(_activations);
        command.Add(_output);
    }

    public static Argument<string> FileArgument(string name, string description) => new(name) { Description = description };

    public static Option<string?> TimeOption(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "time" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !UtcTime.TryParse(text, out _))
            {
                result.AddError($"{name}: '{text}' is not a time in UTC as 2026-01-31T00:00:00Z.");
            }
        });
        return option;
    }

    /// <summary>Values in the order of the form, such as `kind,zone,proven_by`.</summary>
    public static Option<string?> FieldsOption(string name, string description, string helpName, string form)
    {
        var option = new Option<string?>(name) { Description = $"{description}: {form}.", HelpName = helpName };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && text.Split(',').Length != form.Split(',').Length)
            {
                result.AddError($"{name}: '{text}' is not of the form {form}.");
            }
        });
        return option;
    }

    public bool Json(ParseResult parse) => parse.GetValue(_output) == "json";

    public PolicySnapshot Snapshot(ParseResult parse, string file) =>
        Snapshot(file, parse.GetValue(_at), parse.GetValue(_activations));

    /// <summary>With a time and activations of its own, where given.</summary>
    public PolicySnapshot Snapshot(ParseResult parse, string file, Option<string?> at, Option<string?> activations) =>
        Snapshot(file, parse.GetValue(at) ?? parse.GetValue(_at), parse.GetValue(activations) ?? parse.GetValue(_activations));

    /// <summary>Runs a verb; a file that is refused is reported, each fault with its line.</summary>
    public int Run(ParseResult parse, Func<PolicyText, int> verb)
    {
        var output = parse.InvocationConfiguration.Output;
        try
        {
            return verb(new PolicyText(output));
        }
        catch (RefusedFileException refused) when (Json(parse))
        {
            output.WriteLine(PolicyJson.Refusal(refused).ToJsonString(PolicyJson.Indented));
            return PolicyExit.Refused;
        }
        catch (RefusedFileException refused)
        {
            PolicyRefusal.Write(new PolicyText(parse.InvocationConfiguration.Error), refused);
            return PolicyExit.Refused;
        }
        catch (DomainTooLargeException tooLarge)
        {
            parse.InvocationConfiguration.Error.WriteLine(tooLarge.Message);
            return PolicyExit.Refused;
        }
    }

    private PolicySnapshot Snapshot(string file, string? at, string? activations)
    {
        var time = at is not null && UtcTime.TryParse(at, out var given) ? given : _now;
        return PolicyFiles.Policy(file).InForce(time, PolicyFiles.Activations(activations));
    }
}

internal static class PolicyExit
{
    public const int Fine = 0;
    public const int Refused = 2;
    public const int Objection = 3;
    public const int Vacuous = 4;
}
