using System.CommandLine;
using System.Text.Json.Nodes;
using Bailiwick.Residency;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;

namespace Bailiwick.Cli.Verbs;

/// <summary>`policy why`: one decision with its grounds, and what would change it; or many decisions, one a line.</summary>
internal static class PolicyWhyVerb
{
    public static Command Create()
    {
        var file = PolicyOptions.FileArgument("policy", "The policy file.");
        const string labelForm = "jurisdiction,class,purpose,tenant";
        var label = PolicyOptions.FieldsOption("--label", "What the payload carries", "label", labelForm);
        var to = PolicyOptions.FieldsOption("--to", "Where it would go", "destination", "kind,zone,proven_by");
        var credential = PolicyOptions.FieldsOption(
            "--credential", "The credential's label, where --label is one that a request was raised to", "label", labelForm);
        var tuples = new Option<string?>("--tuples")
        {
            Description = "A file (- is standard input) with lines jurisdiction|class|purpose|tenant|kind|zone|proven_by; answers one JSON line each.",
            HelpName = "file",
        };
        var command = new Command(
            "why",
            """
            Says which rule decides, whose it is, on what ground, and what would change the decision.
            Exit codes: 0 allowed, or --tuples answered; 2 refused; 3 denied.

            Examples:
              bailiwick policy why policy.yaml --label eu.de,internal,service-provision,bmi --to silo,de-berlin-1,certificate
              bailiwick policy why policy.yaml --label eu.de,restricted,care,klinikum --credential eu.de,internal,care,klinikum \
                --to silo,de-munich-1,certificate
              bailiwick policy why policy.yaml --tuples tuples.txt
            """) { file, label, to, credential, tuples };
        command.Validators.Add(result =>
        {
            var one = result.GetResult(label) is not null && result.GetResult(to) is not null;
            if (one == result.GetResult(tuples) is not null)
            {
                result.AddError("Give --label and --to, or --tuples.");
            }
        });
        var options = new PolicyOptions(command);
        command.SetAction(parse => options.Run(parse, text =>
        {
            var snapshot = options.Snapshot(parse, parse.GetRequiredValue(file));
            if (parse.GetValue(tuples) is { } lines)
            {
                DecideEach(snapshot, lines, parse.InvocationConfiguration.Output);
                return PolicyExit.Fine;
            }

            var asked = Label(parse.GetRequiredValue(label)!);
            var own = parse.GetValue(credential) is { } given ? Label(given) : asked;
            var explanation = Explanation.Of(snapshot, new LabelPair(asked, own), Destination(parse.GetRequiredValue(to)!));
            if (options.Json(parse))
            {
                parse.InvocationConfiguration.Output.WriteLine(Json(snapshot, explanation).ToJsonString(PolicyJson.Indented));
            }
            else
            {
                PolicyWhyText.Write(text, snapshot, explanation);
            }

            return explanation.Decision.Effect is Effect.Allow ? PolicyExit.Fine : PolicyExit.Objection;
        }));
        return command;
    }

    private static void DecideEach(PolicySnapshot snapshot, string file, TextWriter output)
    {
        using var lines = file == "-" ? Console.In : PolicyFiles.Open(file);
        for (var number = 1; lines.ReadLine() is { } line; number++)
        {
            var fields = line.Split('|');
            if (fields.Length != 7)
            {
                throw new RefusedFileException(file, $"Line {number} has {fields.Length} fields, not 7.");
            }

            var decision = snapshot
                .Decide(new Label(fields[0], fields[1], fields[2], fields[3]), new Destination(fields[4], fields[5], fields[6]))
                .ToDecision();
            output.WriteLine(PolicyJson.Of(decision).ToJsonString(PolicyJson.OneLine));
        }
    }

    private static Label Label(string text)
    {
        var fields = text.Split(',');
        return new Label(fields[0], fields[1], fields[2], fields[3]);
    }

    private static Destination Destination(string text)
    {
        var fields = text.Split(',');
        return new Destination(fields[0], fields[1], fields[2]);
    }

    private static JsonObject Json(PolicySnapshot snapshot, Explanation explanation)
    {
        var json = PolicyJson.Of(snapshot);
        json["label"] = PolicyJson.Of(explanation.Labels.Requested);
        json["credential"] = explanation.Labels.IsRaised ? PolicyJson.Of(explanation.Labels.Credential) : null;
        json["destination"] = PolicyJson.Of(explanation.Destination);
        json["decision"] = PolicyJson.Of(explanation.Decision);
        json["grounds"] = new JsonArray([.. explanation.Decision.Rules.Concat(explanation.Decision.Overridden)
            .Select(id => snapshot.Compiled.Find(id)).OfType<(Residency.Policies.PolicyDocument Document, Residency.Policies.Rule Rule)>()
            .Select(entry => new JsonObject
            {
                ["rule"] = entry.Rule.Id,
                ["effect"] = PolicyJson.Word(entry.Rule.Effect),
                ["document"] = entry.Document.Id,
                ["authority"] = entry.Document.Authority,
                ["because"] = entry.Rule.Because,
            })]);
        json["changes"] = new JsonArray([.. explanation.Changes.Select(change => new JsonObject
        {
            ["field"] = PolicyWhyText.Field(change.Field),
            ["values"] = PolicyJson.Texts(change.Values),
            ["effect"] = PolicyJson.Word(change.Outcome.Effect),
            ["rules"] = PolicyJson.Texts(change.Outcome.Rules),
        })]);
        json["near_misses"] = new JsonArray([.. explanation.NearMisses.Select(miss => new JsonObject
        {
            ["rule"] = miss.Rule.Id,
            ["unmet"] = new JsonArray([.. miss.Unmet.Select(u => new JsonObject
            {
                ["field"] = u.Field,
                ["wanted"] = u.Wanted,
                ["actual"] = u.Actual,
            })]),
        })]);
        return json;
    }
}
