using System.Text;
using Bailiwick.Evidence;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;

namespace Bailiwick.Tests.Residency;

/// <summary>A policy under which a decision could not be recorded is malformed: it would refuse every such turn, one by one.</summary>
public sealed class DecidingRulesTests
{
    private const int Most = 1000;
    private const int MostBytes = 48 * 1024;
    private const string Longest = "a-name-as-long-as-ids-may-be-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    [Fact]
    public void Load_RulesUpToTheBounds_GivesDecisionsThatFitTheirRecord()
    {
        var rules = Rules(Most, "allow").Concat(Rules(Most, "deny")).ToList();
        var load = PolicyLoader.Load(Policy(rules));
        Assert.Empty(load.Faults);
        Assert.Equal(MostBytes, rules.Sum(rule => rule.Id.Length + 3));

        var decision = load.Policy!.InForce(Corpus.Noon, [])
            .Decide(new Label("here", "low", "work", "one"), Destination.At(DestinationKind.Silo, new Place("z", "certificate"))).ToDecision();

        Assert.Equal((Most, Most), (decision.Rules.Count, decision.Overridden.Count));
        var leaf = new DenyLeaf(
            new LeafOrigin(Corpus.Noon, Longest, default(TreeHash)), Longest, new(Longest, Longest, Longest, Longest),
            new(Longest, Longest, Longest, Longest), new(Longest, Longest, Longest), Longest,
            new DecisionPart(
                global::Bailiwick.Evidence.Effect.Deny, (1L << 53) - 1, default,
                [.. decision.Rules, .. Enum.GetValues<Reason>().Skip(1).Select(reason => reason.Id())],
                decision.Overridden, [], ["raised", "credential"], "session-store"));
        Assert.InRange(leaf.ToBytes().Length, MostBytes, Leaf.MaxBytes - 8192);
    }

    [Theory]
    [InlineData("allow")]
    [InlineData("deny")]
    public void Load_OneRuleOfAnEffectTooMany_IsRefusedThere(string effect)
    {
        var first = Rules(1, effect == "allow" ? "deny" : "allow").Select(rule => rule with { Id = "FIRST" });

        var policy = Policy(first.Concat(Rules(Most + 1, effect)), perDocument: 600);
        var load = PolicyLoader.Load(policy);

        Assert.Null(load.Policy);
        var fault = Assert.Single(load.Faults);
        Assert.Equal(("too-many-rules", "/documents/1/rules/401"), (fault.Code, fault.Path));
        Assert.Contains("1000X", Encoding.UTF8.GetString(policy).Split('\n')[fault.Line - 1], StringComparison.Ordinal);
        Assert.Contains("tenant 'one': at most 1000 rules", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_IdsThatFillARecord_AreRefusedAtTheFirstThatDoes()
    {
        var rules = Rules(Most, "allow").Concat(Rules(Most, "deny")).ToList();
        rules[3] = rules[3] with { Id = rules[3].Id + "9" };

        var fault = Assert.Single(PolicyLoader.Load(Policy(rules)).Faults);

        Assert.Equal(("too-many-rules", $"/documents/0/rules/{(2 * Most) - 1}"), (fault.Code, fault.Path));
    }

    [Fact]
    public void Load_RulesOfOtherTenants_CountForThemAlone()
    {
        var rules = Rules(2 * Most, "deny").Select((rule, r) => rule with { Id = $"D{r}", Tenant = r < Most ? "one" : "two" }).ToList();
        Assert.Empty(PolicyLoader.Load(Policy(rules)).Faults);

        rules.Add(new RuleLine("LAST", "deny", "{except: one}"));

        Assert.Contains("tenant 'two'", Assert.Single(PolicyLoader.Load(Policy(rules)).Faults).Message, StringComparison.Ordinal);
    }

    /// <summary>Rules of which 1,000 of each effect take 48 KiB in a record.</summary>
    private static IEnumerable<RuleLine> Rules(int count, string effect) => Enumerable.Range(0, count)
        .Select(r => new RuleLine($"{effect.ToUpperInvariant()[0]}{r}".PadRight(r % Most < 576 ? 22 : 21, 'X'), effect, "any"));

    private static byte[] Policy(IEnumerable<RuleLine> rules, int perDocument = int.MaxValue) => Encoding.UTF8.GetBytes(
        """
        policy: many
        schema: 1
        epoch: 1
        title: Many rules
        vocabulary:
          classes: [low, top]
          jurisdictions: [{id: here, name: Here}]
          zones: [{id: z, jurisdiction: here}]
          purposes: [work]
          tenants: [{id: one, home: here}, {id: two, home: here}]
        documents:

        """ + string.Concat(rules.Chunk(perDocument).Select((chunk, d) =>
            $"- {{id: d{d}, authority: Somebody, rules: [\n{string.Join(",\n", chunk)}\n]}}\n")));

    private sealed record RuleLine(string Id, string Effect, string Tenant)
    {
        public override string ToString() =>
            $"  {{id: {Id}, effect: {Effect}, label: {{class: any, tenant: {Tenant}}}, destination: {{kind: any, zone: z}}, because: It is so}}";
    }
}
