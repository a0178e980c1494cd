using System.CommandLine;
using System.Text.Json.Nodes;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;

namespace Bailiwick.Cli.Verbs;

/// <summary>`policy diff`: what an edit opens and what it closes.</summary>
internal static class PolicyDiffVerb
{
    public static Command Create()
    {
        var before = PolicyOptions.FileArgument("before", "The policy as it was.");
        var after = PolicyOptions.FileArgument("after", "The policy as it shall be.");
        var afterAt = PolicyOptions.TimeOption("--after-at", "Another time for the second policy. Default: that of --at.");
        var afterActivations = new Option<string?>("--after-activations")
        {
            Description = "Other activations for the second policy. Default: those of --activations.",
            HelpName = "file",
        };
        var command = new Command(
            "diff",
            """
            Compares two policies over every combination, edits of the vocabulary and of the class order included.
            Exit codes: 0 the second policy allows nothing that the first denies, 2 refused, 3 it does.

            Examples:
              bailiwick policy diff today.yaml tomorrow.yaml
              bailiwick policy diff policy.yaml policy.yaml --after-activations flood.yaml   (what an emergency opens)
              bailiwick policy diff policy.yaml policy.yaml --after-at 2027-01-01T00:00:00Z  (what runs out)
            """) { before, after, afterAt, afterActivations };
        var options = new PolicyOptions(command);
        command.SetAction(parse => options.Run(parse, text =>
        {
            var was = options.Snapshot(parse, parse.GetRequiredValue(before));
            var now = options.Snapshot(parse, parse.GetRequiredValue(after), afterAt, afterActivations);
            var diff = PolicyDiff.Between(was, now);
            if (options.Json(parse))
            {
                parse.InvocationConfiguration.Output.WriteLine(Json(was, now, diff).ToJsonString(PolicyJson.Indented));
            }
            else
            {
                Write(text, was, now, diff);
            }

            return diff.Widens ? PolicyExit.Objection : PolicyExit.Fine;
        }));
        return command;
    }

    private static void Write(PolicyText text, PolicySnapshot was, PolicySnapshot now, PolicyDiff diff)
    {
        text.Paragraph("Before  ", $"{PolicyWords.Policy(was)}: {PolicyText.Combinations(diff.AllowedBefore)} allowed");
        text.Paragraph("After   ", $"{PolicyWords.Policy(now)}: {PolicyText.Combinations(diff.AllowedAfter)} allowed");
        text.Blank();
        text.Line(diff.Widens
            ? "WIDENS: the second policy allows what the first denies."
            : diff.Narrowed.Count > 0 ? "Narrows only." : "No change of effect.");
        Write(text, "Widened", diff.Widened, was, now);
        Write(text, "Narrowed", diff.Narrowed, was, now);
        if (diff.Classes is { } classes)
        {
            Write(text, classes);
        }
    }

    private static void Write(PolicyText text, string title, TupleSet set, PolicySnapshot was, PolicySnapshot now)
    {
        if (set.Count == 0)
        {
            return;
        }

        var groups = CauseGroup.Of(set, was, now);
        text.Blank();
        text.Line($"{title}: {PolicyText.Combinations(set.Count)}, for {PolicyText.Count(groups.Count, "cause", "causes")}");
        for (var i = 0; i < groups.Count; i++)
        {
            var group = groups[i];
            text.Blank();
            text.Line($"{i + 1}. {PolicyText.Combinations(group.Count)}");
            text.Paragraph("    ", $"before: {PolicyJson.Word(group.Before!.Effect)}, by");
            PolicyWords.Grounds(text, was.Compiled, group.Before.Rules, "      ");
            text.Paragraph("    ", $"after: {PolicyJson.Word(group.After.Effect)}, by");
            PolicyWords.Grounds(text, now.Compiled, group.After.Rules, "      ");
            text.Paragraph("    ", group.Boxes.Count == 1 ? "for" : $"for {group.Boxes.Count} kinds of combination");
            PolicyWords.Boxes(text, set.Domain, group.Boxes, "      ");
        }
    }

    private static void Write(PolicyText text, ClassDiff classes)
    {
        text.Blank();
        text.Line("Classes, lowest first");
        text.Paragraph("    before  ", string.Join(" < ", classes.Before));
        text.Paragraph("    after   ", string.Join(" < ", classes.After));
        foreach (var (lower, higher) in classes.Swapped)
        {
            text.Paragraph("    ", $"{lower} and {higher} change places: a session that saw both was {higher} and becomes {lower}.");
        }

        Joins("opens", classes.JoinsWidened);
        Joins("closes", classes.JoinsNarrowed);

        void Joins(string verb, LineSet lines)
        {
            if (lines.Lines.Count > 0)
            {
                text.Paragraph(
                    "    ",
                    $"For such sessions this {verb} {PolicyText.Combinations(lines.Lines.Count)} (listed by --output json).");
            }
        }
    }

    private static JsonObject Json(PolicySnapshot was, PolicySnapshot now, PolicyDiff diff)
    {
        var json = new JsonObject
        {
            ["before"] = PolicyJson.Of(was),
            ["after"] = PolicyJson.Of(now),
            ["widens"] = diff.Widens,
            ["allowed_before"] = diff.AllowedBefore,
            ["allowed_after"] = diff.AllowedAfter,
            ["widened_count"] = diff.Widened.Count,
            ["widened_sha256"] = diff.Widened.Sha256,
            ["narrowed_count"] = diff.Narrowed.Count,
            ["narrowed_sha256"] = diff.Narrowed.Sha256,
            ["widened"] = PolicyJson.Texts(diff.Widened.Lines),
            ["narrowed"] = PolicyJson.Texts(diff.Narrowed.Lines),
        };
        if (diff.Classes is { } classes)
        {
            json["classes"] = new JsonObject
            {
                ["before"] = PolicyJson.Texts(classes.Before),
                ["after"] = PolicyJson.Texts(classes.After),
                ["added"] = PolicyJson.Texts(classes.Added),
                ["removed"] = PolicyJson.Texts(classes.Removed),
                ["swapped"] = new JsonArray([.. classes.Swapped.Select(s => PolicyJson.Texts([s.Lower, s.Higher]))]),
                ["joins_widened"] = PolicyJson.Texts(classes.JoinsWidened.Lines),
                ["joins_narrowed"] = PolicyJson.Texts(classes.JoinsNarrowed.Lines),
            };
        }

        return json;
    }
}
