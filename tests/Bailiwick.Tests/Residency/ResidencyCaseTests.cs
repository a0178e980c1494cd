using Bailiwick.Residency;
using Bailiwick.Residency.Analysis;
using Bailiwick.Residency.Callers;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Epochs;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Policies;
using Bailiwick.Residency.Requests;

namespace Bailiwick.Tests.Residency;

/// <summary>
/// The cases that the residency guard must survive (residency-cases.md), as far as this pure core decides them. Those
/// about processes, wires, disks and kernels are tested where they live.
/// </summary>
public sealed class ResidencyCaseTests
{
    private static readonly PolicySnapshot Federation = Corpus.Snapshot("policies/02-federation.yaml");
    private static readonly Label Internal = new("eu.de", "internal", "service-provision", "bmi");
    private static readonly Place Desk = new("de-offices", "certificate");
    private static readonly Place Berlin = new("de-berlin-1", "certificate");

    [Theory]
    [InlineData("tenant", "by-stmi")]
    [InlineData("purpose", "law-enforcement")]
    [InlineData("zone", "de-berlin-1")]
    public void Case01_RequestClaimsAnotherTenantPurposeOrZone_IsRefusedAtTheLabel(string field, string value)
    {
        var plan = Plan(new RequestedLabel(new Dictionary<string, string?> { [field] = value }));
        Assert.Equal("label", Assert.IsType<RefusedPlan>(plan).RefusedAt);
    }

    [Fact]
    public void Case02_LabelMissingEmptyOrUnknown_HasNoDefault()
    {
        var silo = Destination.At(DestinationKind.Silo, Berlin);
        Label?[] labels = [null, new(null, null, null, null), new("", "", "", ""), Internal with { Class = "confidential" }];
        Assert.All(labels, label => Assert.StartsWith("!unknown-", Federation.Decide(label, silo).ToDecision().Rules.Single(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("eu.de ")]
    [InlineData("EU.DE")]
    [InlineData("еu.de")]
    [InlineData("eu.de\0")]
    [InlineData("eu.de\u00ad")]
    [InlineData("xn--eu.de")]
    [InlineData("ｅu.de")]
    public void Case03_JurisdictionSpelledOtherwise_IsUnknown(string jurisdiction) => Assert.Equal(
        ["!unknown-jurisdiction"],
        Federation.Decide(Internal with { Jurisdiction = jurisdiction }, Destination.At(DestinationKind.Silo, Berlin)).ToDecision().Rules);

    [Fact]
    public void Case03_IdThatLooksLikeAChild_LiesWhereItsParentSays()
    {
        var tree = Corpus.Policy("policies/03-union.yaml").Vocabulary.Jurisdictions;
        Assert.False(tree.Within(tree.Ids.IndexOf("eu.gi"), tree.Ids.IndexOf("eu")));
        Assert.True(tree.Within(tree.Ids.IndexOf("eu.gi"), tree.Ids.IndexOf("uk")));
    }

    [Fact]
    public void Case04_SourcesDisagreeAboutTheZone_CallerHasNone() =>
        Assert.Null(CallerZone.Resolve(new CallerSources("de-offices", null, "roaming", null), null));

    [Fact]
    public void Case08_PermitOfAnotherEpoch_IsNotHonoured()
    {
        var held = Federation.Permit;
        Assert.Equal(EpochVerdict.StaleEpoch, Epoch.Honour(held, held with { Epoch = held.Epoch - 1 }));
        Assert.Equal(EpochVerdict.UnknownEpoch, Epoch.Honour(held, held with { Epoch = held.Epoch + 1 }));
    }

    [Fact]
    public void Case10_AllCandidatesFilteredOut_IsRefused()
    {
        var plan = Planner.Plan(Federation, Facts() with { Silos = [] });
        Assert.Equal("silo", Assert.IsType<RefusedPlan>(plan).RefusedAt);
    }

    [Fact]
    public void Case12_PrefixCacheInADeniedZone_IsWithheld()
    {
        var facts = Facts() with { Credential = Internal with { Class = "restricted" }, PrefixCache = true };
        var plan = Assert.IsType<AdmittedPlan>(Planner.Plan(Federation, facts));
        Assert.Empty(plan.Cache);
        Assert.Equal("cache", Assert.Single(plan.Withheld).Destination!.Value.Kind);
    }

    [Fact]
    public void Case22_BackupFollowsThePlaceRule_LikeAnyDestination()
    {
        var backup = Destination.At(DestinationKind.Backup, new Place("roaming", "attestation"));
        Assert.False(Federation.Decide(Internal, backup).IsAllowed);
    }

    [Fact]
    public void Case24_ToolWithoutAKnownPlace_IsRefused() =>
        Assert.Equal("tool", Assert.IsType<RefusedPlan>(Planner.Plan(Federation, Facts() with { Tool = new Place(null, null) })).RefusedAt);

    [Fact]
    public void Case27_ClockSteppedBack_RevivesNothing()
    {
        var union = Corpus.Policy("policies/03-union.yaml");
        var label = new Label("eu", "internal", "service-provision", "eu-agency");
        var zurich = new Destination("silo", "ch-zurich-1", "certificate");
        var before = union.InForce(Corpus.Noon, []);
        Assert.True(before.Decide(label, zurich).IsAllowed);
        var after = before.Advance(before.ChangesAt!.Value, []);
        Assert.False(after.Decide(label, zurich).IsAllowed);
        Assert.False(after.Advance(Corpus.Noon, []).Decide(label, zurich).IsAllowed);
    }

    [Fact]
    public void Case28_OlderBundleOrOneOfAnotherCluster_IsNotTaken()
    {
        var highest = new Bundle(9, "aa", "one");
        Assert.Equal(EpochVerdict.StaleEpoch, Epoch.Take(highest, new Bundle(8, "bb", "one"), "one"));
        Assert.Equal(EpochVerdict.WrongCluster, Epoch.Take(highest, new Bundle(10, "bb", "two"), "one"));
    }

    [Fact]
    public void Case29_EditThatWidens_IsSeenWithEveryTuple()
    {
        var diff = PolicyDiff.Between(Federation, Corpus.Snapshot("policies/07-federation-widened.yaml"));
        Assert.True(diff.Widens);
        Assert.Equal(diff.Widened.Count, diff.Widened.Lines.Count);
    }

    [Fact]
    public void Case29_DenialThatNeverFires_IsAFinding() => Assert.Contains(
        RuleFinding.Of(Corpus.Snapshot("policies/06-contradictory.yaml")), r => r.Finding is Finding.Overridden);

    [Fact]
    public void Case30_BreakGlass_IsTimeBoxedAndLiftsNoDenial()
    {
        var policy = Corpus.Policy("policies/05-break-glass.yaml");
        var activation = new Activation("emergency-agreement", Corpus.Noon, Corpus.Noon.AddHours(1), "flood", ["one", "two"]);
        var active = policy.InForce(Corpus.Noon, [activation]);
        var abroad = new Destination("silo", "at-linz-1", "certificate");
        Assert.True(active.Decide(new Label("eu.de", "internal", "care", "klinikum"), abroad).IsAllowed);
        Assert.False(active.Decide(new Label("eu.de", "internal", "administration", "klinikum"), abroad).IsAllowed);
        Assert.Equal(activation.Until, active.ChangesAt);
        Assert.False(active.Advance(activation.Until, [activation]).Decide(new Label("eu.de", "internal", "care", "klinikum"), abroad).IsAllowed);
    }

    [Theory]
    [InlineData("one", "one")]
    [InlineData("one", " ")]
    public void Case30_BreakGlassWithoutTwoPersons_IsNotInForce(string first, string second)
    {
        var activation = new Activation("emergency-agreement", Corpus.Noon, Corpus.Noon.AddHours(1), "flood", [first, second]);
        var snapshot = Corpus.Policy("policies/05-break-glass.yaml").InForce(Corpus.Noon, [activation]);
        Assert.DoesNotContain(snapshot.RulesInForce, r => r.Rule.Id == "BG-1");
    }

    [Fact]
    public void Case32_MalformedPolicy_GivesNoPolicyAtAll() =>
        Assert.Null(PolicyLoader.Load(Corpus.File("policies/08-malformed.yaml")).Policy);

    [Fact]
    public void Case33_DeferredWork_IsDecidedAgainAtExecution()
    {
        var admitted = new Guard(Corpus.Snapshot("policies/07-federation-widened.yaml")).Admit("job", Facts()).Payload!;
        var later = new Guard(Federation).Receive(
            admitted.Payload, admitted.Labels, admitted.Permit, Destination.At(DestinationKind.Silo, Berlin));
        Assert.Null(later.Payload);
    }

    private static RequestPlan Plan(RequestedLabel requested) => Planner.Plan(Federation, Facts() with { Requested = requested });

    private static RequestFacts Facts() => new() { Credential = Internal, Caller = Desk, Silos = [Berlin] };
}
