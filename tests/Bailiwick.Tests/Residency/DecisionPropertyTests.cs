using Bailiwick.Residency;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;
using CsCheck;

namespace Bailiwick.Tests.Residency;

/// <summary>What holds of every policy, over all combinations of policies drawn at random.</summary>
public sealed class DecisionPropertyTests
{
    private const long Policies = 200;

    [Fact]
    public void AddedDenial_AnyPolicy_NeverTurnsDenyIntoAllow() => Gen
        .Select(PolicyGen.Policy, PolicyGen.Denial.Array[1, 3])
        .Sample(
            (policy, denials) =>
            {
                var more = Load(policy.Yaml(PolicyGen.Document("more", "any", denials, "MORE")));
                return PolicyDiff.Between(Load(policy.Yaml()), more).Widened.Count == 0;
            },
            iter: Policies);

    [Fact]
    public void DocumentOrder_AnyPolicy_ChangesNoEffect() => PolicyGen.Policy.Sample(
        policy =>
        {
            var reversed = new DrawnPolicy([.. policy.Documents.Reverse()]);
            var diff = PolicyDiff.Between(Load(policy.Yaml()), Load(reversed.Yaml()));
            return diff.Widened.Count == 0 && diff.Narrowed.Count == 0;
        },
        iter: Policies);

    [Fact]
    public void RaisedLabel_AnyPolicy_ReachesNothingMore() => PolicyGen.Policy.Sample(
        policy => Enum.GetValues<RaiseBy>().Select(by => RaiseSurvey.Of(Load(policy.Yaml()), by))
            .All(survey => survey.Openings == 0 && survey.Considered > 0),
        iter: 50);

    /// <summary>The survey above is worth something only if both labels prevent what one label would open.</summary>
    [Fact]
    public void RaisedLabelAlone_SomePolicy_WouldReachMore() =>
        Assert.True(RaiseSurvey.Of(Corpus.Snapshot("policies/02-federation.yaml"), RaiseBy.Class).Prevented > 0);

    [Fact]
    public void EveryAllow_AnyPolicy_NamesOnlyAllowsThatAreInForce() => PolicyGen.Policy.Sample(
        policy =>
        {
            var snapshot = Load(policy.Yaml());
            var allows = snapshot.RulesInForce.Where(r => r.Rule.Effect is Effect.Allow).Select(r => r.Rule.Id).ToHashSet();
            var table = PolicyTable.Of(snapshot);
            return table.Allowed.Tuples.All(t =>
            {
                var decision = snapshot.Decide(table.Domain.LabelOf(t), table.Domain.DestinationOf(t)).ToDecision();
                return decision.Rules.Count > 0 && decision.Rules.All(allows.Contains) && decision.Overridden.Count == 0;
            });
        },
        iter: 50);

    [Fact]
    public void Boxes_AnyTable_HoldEachTupleOnce() => PolicyGen.Policy.Sample(
        policy =>
        {
            var table = PolicyTable.Of(Load(policy.Yaml()));
            var boxes = Box.Cover(table.Allowed.Tuples);
            return boxes.Sum(b => b.Count) == table.Allowed.Count
                && table.Allowed.Tuples.All(t => boxes.Count(b => Enum.GetValues<Dimension>().All(d => b[d].Contains(t[d]))) == 1);
        },
        iter: 50);

    private static PolicySnapshot Load(byte[] yaml)
    {
        var load = PolicyLoader.Load(yaml);
        Assert.Empty(load.Faults);
        return load.Policy!.InForce(Corpus.Noon, []);
    }
}
