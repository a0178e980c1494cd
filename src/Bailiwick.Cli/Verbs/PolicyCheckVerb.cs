using System.CommandLine;
using System.Text.Json.Nodes;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;

namespace Bailiwick.Cli.Verbs;

/// <summary>`policy check`: is the file well formed, and does each of its rules do something?</summary>
internal static class PolicyCheckVerb
{
    public static Command Create()
    {
        var file = PolicyOptions.FileArgument("policy", "The policy file.");
        var strict = new Option<bool>("--strict")
        {
            Description = "Exit with 3 if a rule never matches, never decides or is redundant.",
        };
        var command = new Command(
            "check",
            """
            Reads a policy strictly, reports all its faults at once, and says what each rule does.
            Exit codes: 0 well formed, 2 refused, 3 findings (--strict).

            Examples:
              bailiwick policy check policy.yaml
              bailiwick policy check policy.yaml --strict --output json
            """) { file, strict };
        var options = new PolicyOptions(command);
        command.SetAction(parse => options.Run(parse, text =>
        {
            var snapshot = options.Snapshot(parse, parse.GetRequiredValue(file));
            if (!options.Json(parse))
            {
                // Before the analysis, which a large policy may not get.
                WriteForm(text, snapshot);
            }

            var answer = new Answer(
                snapshot, PolicyTable.Of(snapshot), RuleFinding.Of(snapshot),
                [.. Enum.GetValues<RaiseBy>().Select(by => RaiseSurvey.Of(snapshot, by))]);
            if (options.Json(parse))
            {
                parse.InvocationConfiguration.Output.WriteLine(Json(answer).ToJsonString(PolicyJson.Indented));
            }
            else
            {
                WriteAnalysis(text, answer);
            }

            var objection = answer.Rules.Any(r => r.Finding is Finding.NeverMatches or Finding.Overridden or Finding.Redundant);
            return objection && parse.GetValue(strict) ? PolicyExit.Objection : PolicyExit.Fine;
        }));
        return command;
    }

    private static void WriteForm(PolicyText text, PolicySnapshot snapshot)
    {
        var (policy, words) = (snapshot.Policy, snapshot.Vocabulary);
        text.Line($"Well formed: {PolicyWords.Policy(snapshot)}.");
        text.Paragraph("  ", policy.Title);
        text.Paragraph("  ", $"SHA-256 {policy.Digest}");
        text.Paragraph("  ", $"Classes, lowest first: {string.Join(" < ", words.Classes)}");
        text.Paragraph(
            "  ",
            $"{PolicyText.Count(words.Jurisdictions.Ids.Count, "jurisdiction", "jurisdictions")}, {PolicyText.Count(words.Zones.Count, "zone", "zones")}, "
            + $"{PolicyText.Count(words.Purposes.Count, "purpose", "purposes")}, {PolicyText.Count(words.Tenants.Count, "tenant", "tenants")}, "
            + $"{PolicyText.Count(snapshot.Compiled.Rules.Count, "rule", "rules")} in {PolicyText.Count(policy.Documents.Count, "document", "documents")}, "
            + $"{snapshot.RulesInForce.Count()} of them in force");
    }

    private static void WriteAnalysis(PolicyText text, Answer answer)
    {
        text.Paragraph("  ", $"{answer.Table.Allowed.Count:N0} of {answer.Table.Domain.Size:N0} combinations are allowed.");
        text.Blank();
        var findings = answer.Rules.Where(r => r.Finding is not Finding.None).ToList();
        text.Line(findings.Count == 0 ? "Every rule does something." : "Findings");
        foreach (var finding in findings)
        {
            var (document, rule) = answer.Snapshot.Compiled.Find(finding.Rule)!.Value;
            text.Paragraph($"  {finding.Rule,-10} ", $"{document.Authority} (document {document.Id}): “{rule.Because}”");
            text.Paragraph("             ", Sentence(finding));
        }

        text.Blank();
        text.Line(
            $"Raising a label opens nothing: {answer.Raises.Sum(r => r.Considered):N0} raises looked at, "
            + $"{PolicyText.Count(answer.Raises.Sum(r => r.Openings), "opening", "openings")}, "
            + $"{answer.Raises.Sum(r => r.Prevented):N0} prevented because both labels are asked.");
    }

    private static string Sentence(RuleFinding finding) => finding.Finding switch
    {
        Finding.NeverMatches => "never-matches: no combination meets its conditions (or its document is not in force).",
        Finding.Overridden => $"overridden: matches {PolicyText.Combinations(finding.Matches)} and decides none; denials stand before it everywhere.",
        Finding.Redundant => "redundant: other rules allow all that it allows; removing it changes nothing.",
        _ => "guard-only: a denial that stops nothing today. It guards against later edits; not an error.",
    };

    private static JsonObject Json(Answer answer)
    {
        var json = PolicyJson.Of(answer.Snapshot);
        json["domain"] = (long)answer.Table.Domain.Size;
        json["allowed"] = answer.Table.Allowed.Count;
        json["allowed_sha256"] = answer.Table.Allowed.Sha256;
        json["rules"] = new JsonArray([.. answer.Rules.Select(r => new JsonObject
        {
            ["id"] = r.Rule,
            ["effect"] = PolicyJson.Word(r.Effect),
            ["matches"] = r.Matches,
            ["decides"] = r.Decides,
            ["removal_narrows"] = r.RemovalNarrows,
            ["removal_widens"] = r.RemovalWidens,
            ["finding"] = PolicyJson.Word(r.Finding),
        })]);
        json["raise"] = new JsonObject
        {
            ["considered"] = answer.Raises.Sum(r => r.Considered),
            ["openings"] = answer.Raises.Sum(r => r.Openings),
            ["prevented"] = answer.Raises.Sum(r => r.Prevented),
        };
        return json;
    }

    private sealed record Answer(
        PolicySnapshot Snapshot, PolicyTable Table, IReadOnlyList<RuleFinding> Rules, IReadOnlyList<RaiseSurvey> Raises);
}
