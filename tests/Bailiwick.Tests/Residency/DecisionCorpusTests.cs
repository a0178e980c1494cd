using System.Text.Json.Nodes;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Epochs;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Requests;

namespace Bailiwick.Tests.Residency;

[Trait("Category", "ResidencyCorpus")]
public sealed class DecisionCorpusTests
{
    [Fact]
    public void Decide_EveryRowOfDecisions_GivesEffectRulesAndObligations() => Corpus.AssertRows(
        Corpus.Rows("decisions.json", "decisions"), "id",
        row => (
            Corpus.Only(row, "effect", "rules", "overridden", "obligations"),
            Corpus.Written(Corpus.Snapshot($"policies/{row["policy"]}.yaml", row)
                .Decide(Corpus.Label(row["label"]), Corpus.Destination(row["destination"])).ToDecision())),
        atLeast: 883);

    [Fact]
    public void Raise_EveryRow_GivesTheLabelOrItsFirstFault()
    {
        var vocabulary = Corpus.Policy((string)Corpus.Json("labels.json")["vocabulary"]!).Vocabulary;
        Corpus.AssertRows(
            Corpus.Rows("labels.json", "raise"), "id",
            row => (row["expect"], Written(LabelAlgebra.Raise(vocabulary, Corpus.Label(row["credential"]), Corpus.Request(row["request"])))),
            atLeast: 28);
    }

    [Fact]
    public void Join_EveryRowBothWays_IsSymmetric()
    {
        var vocabulary = Corpus.Policy((string)Corpus.Json("labels.json")["vocabulary"]!).Vocabulary;
        foreach (var (first, second) in new[] { ("a", "b"), ("b", "a") })
        {
            Corpus.AssertRows(
                Corpus.Rows("labels.json", "join"), "id",
                row => (row["expect"], Written(LabelAlgebra.Join(vocabulary, Corpus.Label(row[first]), Corpus.Label(row[second])))),
                atLeast: 12);
        }
    }

    [Fact]
    public void Decide_EveryRowOfBothLabels_AsksBoth() => Corpus.AssertRows(
        Corpus.Rows("labels.json", "both"), "id",
        row =>
        {
            var snapshot = Corpus.Snapshot((string)row["policy"]!, row);
            var credential = Corpus.Label(row["credential"]);
            var raised = LabelAlgebra.Raise(snapshot.Vocabulary, credential, Corpus.Request(row["request"]));
            var labels = new LabelPair(raised.Label, credential);
            var actual = Corpus.Written(snapshot.Decide(labels, Corpus.Destination(row["destination"])).ToDecision());
            actual["raised"] = labels.IsRaised ? Corpus.Written(labels.Requested!) : null;
            return (Corpus.Only(row, "raised", "effect", "rules", "overridden", "obligations", "denied_for"), actual);
        },
        atLeast: 52);

    [Fact]
    public void Plan_EveryRowOfRequests_AdmitsOrRefusesWhereAndWhy() => Corpus.AssertRows(
        Corpus.Rows("requests.json", "requests"), "id",
        row => (row["expect"], Written(new Guard(Corpus.Snapshot((string)row["policy"]!, row)).Admit(row, Facts(row)).Plan)),
        atLeast: 85);

    [Fact]
    public void Take_EveryBundle_NeverGoesBack()
    {
        var cluster = (string)Corpus.Json("epochs.json")["this_cluster"]!;
        Corpus.AssertRows(
            Corpus.Rows("epochs.json", "bundles"), "id",
            row => (row["expect"], Written(Epoch.Take(Bundle(row["highest"]), Bundle(row["offered"])!, cluster))),
            atLeast: 14);
    }

    [Fact]
    public void Honour_EveryPermit_OnlyUnderTheHeldPolicy() => Corpus.AssertRows(
        Corpus.Rows("epochs.json", "permits"), "id",
        row => (row["expect"], Written(Epoch.Honour(Permit(row["executor"]), Permit(row["permit"])!))),
        atLeast: 5);

    [Fact]
    public void Load_EveryMalformedFile_ReportsAllItsFaultsAndNoOther() => Corpus.AssertRows(
        Corpus.Rows("malformed.json", "cases"), "file",
        row =>
        {
            var load = PolicyLoader.Load(Corpus.File((string)row["file"]!));
            Assert.Null(load.Policy);
            return (
                Corpus.Written(row["errors"]!.AsArray().Select(e => $"{e!["code"]} {e["path"]}").Order(StringComparer.Ordinal)),
                Corpus.Written(load.Faults.Select(f => $"{f.Code} {f.Path}").Order(StringComparer.Ordinal)));
        },
        atLeast: 54);

    [Fact]
    public void Load_TheFileWithTenFaults_ReportsTenWithLineAndSentence()
    {
        var load = PolicyLoader.Load(Corpus.File("policies/08-malformed.yaml"));
        Assert.Equal(10, load.Faults.Count);
        Assert.All(load.Faults, f => Assert.True(f.Line > 0 && f.Message.EndsWith('.'), $"{f}"));
    }

    [Fact]
    public void Load_EveryOtherPolicyOfTheCorpus_HasNoFault()
    {
        Assert.True(Corpus.WellFormed.Count >= 20, $"{Corpus.WellFormed.Count} policies found");
        Assert.All(Corpus.WellFormed, path => Assert.Empty(PolicyLoader.Load(Corpus.File(path)).Faults));
    }

    private static JsonNode Written(LabelResult result) =>
        result.Label is { } label ? Corpus.Written(label) : JsonValue.Create("refuse:" + result.Fault.Id()[1..]);

    private static JsonValue Written(EpochVerdict verdict) =>
        JsonValue.Create(verdict is EpochVerdict.Accept or EpochVerdict.Unchanged ? verdict.Code() : "refuse:" + verdict.Code());

    private static Bundle? Bundle(JsonNode? node) => node is null
        ? null
        : new Bundle((long)node["epoch"]!, (string)node["digest"]!, (string)node["cluster"]!);

    private static Permit? Permit(JsonNode? node) => node is null
        ? null
        : new Permit((long)node["epoch"]!, (string)node["digest"]!);

    private static RequestFacts Facts(JsonObject row) => new()
    {
        Credential = Corpus.Label(row["credential"]),
        Requested = Corpus.Request(row["request"]),
        Caller = Corpus.Place(row["caller"]),
        Silos = [.. row["silos"]!.AsArray().Select(Corpus.Place)],
        Store = Corpus.Place(row["store"]),
        StoresConversation = (bool)row["stores_conversation"]!,
        PrefixCache = (bool)row["prefix_cache"]!,
        KeepsText = (bool)row["keeps_text"]!,
        Tool = Corpus.Place(row["tool"]),
        ExternalProvider = Corpus.Place(row["external_provider"]),
    };

    private static JsonObject Written(RequestPlan plan) => plan switch
    {
        RefusedPlan refused => new JsonObject
        {
            ["result"] = "refused",
            ["refused_at"] = refused.RefusedAt,
            ["decisions"] = Written(refused.Decisions),
        },
        AdmittedPlan admitted => new JsonObject
        {
            ["result"] = "admitted",
            ["label"] = Corpus.Written(admitted.Labels.Requested!),
            ["silos"] = Corpus.Written(admitted.Silos),
            ["cache"] = Corpus.Written(admitted.Cache),
            ["audit_text"] = admitted.AuditText,
            ["withheld"] = Written(admitted.Withheld),
            ["obligations"] = Corpus.Written(admitted.Obligations.Select(o => o.Text())),
        },
        _ => throw new InvalidOperationException(),
    };

    private static JsonArray Written(IReadOnlyList<PlacedDecision> decisions) => [.. decisions.Select(d =>
    {
        var written = Corpus.Written(d.Decision);
        written["destination"] = d.Destination is { } destination ? Corpus.Written(destination) : null;
        return (JsonNode)written;
    })];
}
