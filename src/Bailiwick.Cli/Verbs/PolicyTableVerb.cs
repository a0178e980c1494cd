using System.CommandLine;
using Bailiwick.Residency.Analysis;

namespace Bailiwick.Cli.Verbs;

/// <summary>`policy table`: everything that a policy lets be reached, grouped by the rules that allow it.</summary>
internal static class PolicyTableVerb
{
    public static Command Create()
    {
        var file = PolicyOptions.FileArgument("policy", "The policy file.");
        var command = new Command(
            "table",
            """
            Shows everything that a policy allows, grouped by the rules that allow it. What is not shown is denied.
            The JSON form lists every combination and their SHA-256: two policies with one digest allow the same.
            Exit codes: 0 shown, 2 refused.

            Examples:
              bailiwick policy table policy.yaml
              bailiwick policy table policy.yaml --at 2027-01-01T00:00:00Z --output json
            """) { file };
        var options = new PolicyOptions(command);
        command.SetAction(parse => options.Run(parse, text =>
        {
            var snapshot = options.Snapshot(parse, parse.GetRequiredValue(file));
            var table = PolicyTable.Of(snapshot);
            if (options.Json(parse))
            {
                var json = PolicyJson.Of(snapshot);
                json["domain"] = (long)table.Domain.Size;
                json["allowed"] = table.Allowed.Count;
                json["allowed_sha256"] = table.Allowed.Sha256;
                json["tuples"] = PolicyJson.Texts(table.Allowed.Lines);
                parse.InvocationConfiguration.Output.WriteLine(json.ToJsonString(PolicyJson.Indented));
                return PolicyExit.Fine;
            }

            text.Line($"{PolicyWords.Policy(snapshot)}: {table.Allowed.Count:N0} of {table.Domain.Size:N0} combinations are allowed.");
            text.Line($"SHA-256 of the allowed: {table.Allowed.Sha256}");
            foreach (var group in CauseGroup.Of(table.Allowed, null, snapshot))
            {
                text.Blank();
                text.Line($"Allowed by {PolicyWords.Names(group.After.Rules)}: {PolicyText.Combinations(group.Count)}");
                PolicyWords.Grounds(text, snapshot.Compiled, group.After.Rules, "    ");
                text.Paragraph("    ", group.Boxes.Count == 1 ? "for" : $"for {group.Boxes.Count} kinds of combination");
                PolicyWords.Boxes(text, table.Domain, group.Boxes, "      ");
            }

            return PolicyExit.Fine;
        }));
        return command;
    }
}
