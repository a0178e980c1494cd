using System.Text.Json.Nodes;
using Bailiwick.Residency;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;

namespace Bailiwick.Tests.Residency;

[Trait("Category", "ResidencyCorpus")]
public sealed class AnalysisCorpusTests
{
    [Fact]
    public void Table_EveryPolicy_HasTheSizeAndDigest() => Corpus.AssertRows(
        Corpus.Rows("analysis.json", "tables"), "policy",
        row =>
        {
            var table = PolicyTable.Of(Corpus.Snapshot((string)row["policy"]!, row));
            return (
                Corpus.Only(row, "domain", "allowed", "allowed_sha256"),
                new JsonObject
                {
                    ["domain"] = (long)table.Domain.Size,
                    ["allowed"] = table.Allowed.Count,
                    ["allowed_sha256"] = table.Allowed.Sha256,
                });
        },
        atLeast: 10);

    [Fact]
    public void Diff_EveryComparison_ListsEveryTuple() => Corpus.AssertRows(
        Corpus.Rows("analysis.json", "diff"), "id",
        row =>
        {
            var (before, after) = (row["before"]!.AsObject(), row["after"]!.AsObject());
            var diff = PolicyDiff.Between(
                Corpus.Snapshot((string)before["policy"]!, before), Corpus.Snapshot((string)after["policy"]!, after));
            var actual = new JsonObject
            {
                ["allowed_before"] = diff.AllowedBefore,
                ["allowed_after"] = diff.AllowedAfter,
                ["widened_count"] = diff.Widened.Count,
                ["widened_sha256"] = diff.Widened.Sha256,
                ["narrowed_count"] = diff.Narrowed.Count,
                ["narrowed_sha256"] = diff.Narrowed.Sha256,
                ["widened"] = Corpus.Written(diff.Widened.Lines),
                ["narrowed"] = Corpus.Written(diff.Narrowed.Lines),
            };
            string[] fields = [.. actual.Select(f => f.Key)];
            if (diff.Classes is { } classes)
            {
                actual["classes"] = Written(classes);
            }

            Assert.True((bool)row["widened_complete"]! && (bool)row["narrowed_complete"]!);
            return (Corpus.Only(row, [.. fields, "classes"]), actual);
        },
        atLeast: 18);

    [Fact]
    public void Prove_EveryClaim_HoldsOrGivesACounterexample() => Corpus.AssertRows(
        Corpus.Rows("analysis.json", "prove"), "id",
        row =>
        {
            var snapshot = Corpus.Snapshot((string)row["policy"]!, row);
            var load = ClaimLoader.Load(
                System.Text.Encoding.UTF8.GetBytes(new JsonArray(Corpus.Only(row, "id", "text", "claim", "label", "destination")).ToJsonString()),
                snapshot.Vocabulary);
            Assert.Empty(load.Faults);
            var proven = Proven.Of(snapshot, Assert.Single(load.Claims));
            return (
                Corpus.Only(row, "tuples_considered", "holds", "vacuous", "counterexample_count", "counterexample"),
                new JsonObject
                {
                    ["tuples_considered"] = proven.Considered,
                    ["holds"] = proven.Holds,
                    ["vacuous"] = proven.IsVacuous,
                    ["counterexample_count"] = proven.Counterexamples,
                    ["counterexample"] = proven.First is { } first ? Written(first) : null,
                });
        },
        atLeast: 39);

    [Fact]
    public void Rules_EveryPolicy_HaveTheCountsAndFindings() => Corpus.AssertRows(
        Corpus.Rows("analysis.json", "rules"), "policy",
        row => (
            row["rules"],
            new JsonArray([.. RuleFinding.Of(Corpus.Snapshot((string)row["policy"]!, row)).Select(Written)])),
        atLeast: 10);

    [Fact]
    public void Raise_EveryPolicy_OpensNothing() => Corpus.AssertRows(
        Corpus.Rows("analysis.json", "raise"), "policy",
        row =>
        {
            var snapshot = Corpus.Snapshot((string)row["policy"]!, row);
            return (
                Corpus.Only(row, "class", "jurisdiction", "both"),
                new JsonObject
                {
                    ["class"] = Written(snapshot, RaiseSurvey.Of(snapshot, RaiseBy.Class)),
                    ["jurisdiction"] = Written(snapshot, RaiseSurvey.Of(snapshot, RaiseBy.Jurisdiction)),
                    ["both"] = Written(snapshot, RaiseSurvey.Of(snapshot, RaiseBy.Both)),
                });
        },
        atLeast: 10);

    private static JsonObject Written(ClassDiff classes) => new()
    {
        ["before"] = Corpus.Written(classes.Before),
        ["after"] = Corpus.Written(classes.After),
        ["added"] = Corpus.Written(classes.Added),
        ["removed"] = Corpus.Written(classes.Removed),
        ["swapped"] = new JsonArray([.. classes.Swapped.Select(s => new JsonArray(s.Lower, s.Higher))]),
        ["joins_widened_count"] = classes.JoinsWidened.Lines.Count,
        ["joins_widened_sha256"] = classes.JoinsWidened.Sha256,
        ["joins_narrowed_count"] = classes.JoinsNarrowed.Lines.Count,
        ["joins_narrowed_sha256"] = classes.JoinsNarrowed.Sha256,
        ["joins_widened"] = Corpus.Written(classes.JoinsWidened.Lines),
        ["joins_narrowed"] = Corpus.Written(classes.JoinsNarrowed.Lines),
    };

    private static JsonObject Written(Counterexample example) => new()
    {
        ["label"] = Corpus.Written(example.Label),
        ["destination"] = Corpus.Written(example.Destination),
        ["effect"] = example.Decision.Effect is Effect.Allow ? "allow" : "deny",
        ["rules"] = Corpus.Written(example.Decision.Rules),
    };

    private static JsonObject Written(RuleFinding finding) => new()
    {
        ["id"] = finding.Rule,
        ["effect"] = finding.Effect is Effect.Allow ? "allow" : "deny",
        ["matches"] = finding.Matches,
        ["decides"] = finding.Decides,
        ["removal_narrows"] = finding.RemovalNarrows,
        ["removal_widens"] = finding.RemovalWidens,
        ["finding"] = finding.Finding switch
        {
            Finding.None => null,
            Finding.NeverMatches => "never-matches",
            Finding.GuardOnly => "guard-only",
            var other => other.ToString().ToLowerInvariant(),
        },
    };

    private static JsonObject Written(PolicySnapshot snapshot, RaiseSurvey survey) => new()
    {
        ["considered"] = survey.Considered,
        ["openings"] = survey.Openings,
        ["prevented"] = survey.Prevented,
        ["example"] = survey.Example is { } example
            ? new JsonObject
            {
                ["credential"] = Corpus.Written(example.Credential),
                ["raised"] = Corpus.Written(example.Raised),
                ["destination"] = Corpus.Written(example.Destination),
                ["raised_alone"] = Corpus.Written(snapshot.Decide(example.Raised, example.Destination).ToDecision().Rules),
                ["both"] = Corpus.Written(
                    snapshot.Decide(new LabelPair(example.Raised, example.Credential), example.Destination).ToDecision()),
            }
            : null,
    };
}
