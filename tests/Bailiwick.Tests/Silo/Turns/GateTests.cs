using Bailiwick.Evidence;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Tests.Silo.Turns;

/// <summary>Who is refused at the door, in which words, and what stands in the record.</summary>
public sealed class GateTests
{
    private readonly TurnScript _script = new();

    public static TheoryData<string, string, string[], string> Refusals => new()
    {
        { "raised class", "residency_denied", ["!no-match"], "caller" },
        { "unknown class", "residency_denied", ["!unknown-class"], "label" },
        { "lowered", "residency_denied", ["!label-lowered"], "label" },
        { "no permitted zone", "residency_denied", ["!unknown-zone"], "silo" },
        { "foreign", "other_boundary", ["!other-boundary"], "label" },
        { "licence", "licence_denied", ["!licence"], "label" },
        { "obligation", "residency_denied", ["!obligation"], "label" },
        { "caller's place", "residency_denied", ["!unknown-zone"], "caller" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Request_ThatMayNot_IsRefusedWithItsRulesAndALeaf(string why, string code, string[] rules, string at)
    {
        var (request, caller) = (TurnScript.Request(), TurnScript.Caller);
        var label = caller.Label;
        switch (why)
        {
            case "raised class": request = TurnScript.Request(raise: TurnScript.Raise("class", "internal")); break;
            case "unknown class": request = TurnScript.Request(raise: TurnScript.Raise("class", "a secret word")); break;
            case "lowered": request = TurnScript.Request(raise: TurnScript.Raise("jurisdiction", "eu")); break;
            case "no permitted zone": _script.Current = new([TurnScript.Model("n1") with { PermittedZones = ["fr-1"] }]); break;
            case "foreign": caller = caller with { Label = label with { Jurisdiction = "fr" } }; break;
            case "licence": caller = caller with { Label = label with { Purpose = "weapons" } }; break;
            case "obligation":
                _script.SetPolicy(TurnScript.Policy.Replace(
                    "because: Public", "obligations: [two-person-review]\n        because: Public", StringComparison.Ordinal));
                break;
            default: caller = caller with { Place = null }; break;
        }

        var refused = Assert.IsType<TurnRefused>(Assert.Single(await _script.RunAsync(request, caller)));

        Assert.Equal(code, refused.Refusal.Row.Code);
        Assert.Equal(rules, refused.Refusal.Rules);
        Assert.Equal(at, refused.Refusal.RefusedAt);
        Assert.Empty(_script.Runs);
        var leaf = Assert.IsType<DenyLeaf>(Assert.Single(_script.Leaves));
        Assert.Equal(rules, leaf.Decision.Rules);
        Assert.Equal(at, leaf.Decision.RefusedAt);
        Assert.DoesNotContain("secret", System.Text.Encoding.UTF8.GetString(leaf.ToBytes()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public", "de-1", "de-1", true)]
    [InlineData("public", "fr-1", "de-1", false)]
    [InlineData("public", "de-1", null, false)]
    [InlineData("internal", "de-1", "de-1", false)]
    public void KeptAnswer_ToAReaderByAnotherGateway_GoesWhereBothMayHaveIt(string kept, string gateway, string? reader, bool may)
    {
        var caller = TurnScript.Caller with { Place = reader is null ? null : Place.In(reader, Proof.Contract) };
        var place = Place.In(gateway, Proof.Certificate);

        var shown = Gate.Show(TurnScript.GuardOf(TurnScript.Policy), "answer", caller.Label with { Class = kept }, caller.Reader, place);

        Assert.Equal(may, shown is not null);
        Assert.Equal(may, shown?.MayReach(Destination.At(DestinationKind.Silo, place)) is true);
    }

    [Fact]
    public async Task Denial_ByPolicy_SaysWhyInThePolicysWords()
    {
        _script.SetPolicy(TurnScript.Policy + "\n" + """
              - id: R-2
                effect: deny
                label: {tenant: ministry}
                destination: {kind: caller}
                because: The ministry's desks are closed.
        """.Replace("              -", "      -", StringComparison.Ordinal).Replace("                ", "        ", StringComparison.Ordinal));

        var refused = Assert.IsType<TurnRefused>(Assert.Single(await _script.RunAsync(TurnScript.Request())));

        Assert.Equal(["R-2: The ministry (document rules): The ministry's desks are closed."], refused.Refusal.Why);
    }

    [Fact]
    public async Task Label_OfAnotherBoundary_IsToldWhereItBelongs()
    {
        var caller = TurnScript.Caller with { Label = TurnScript.Caller.Label with { Jurisdiction = "fr" } };

        var refused = Assert.IsType<TurnRefused>(Assert.Single(await _script.RunAsync(TurnScript.Request(), caller)));

        Assert.Equal("This cluster serves 'de'; labels of 'fr' belong to cluster.example.fr.", refused.Refusal.Sentence);
    }

    [Theory]
    [InlineData("de", false)]
    [InlineData("eu", false)]
    [InlineData("fr", true)]
    [InlineData("nowhere", false)]
    [InlineData(null, false)]
    public void Boundary_OfAJurisdiction_IsForeignWhereItNeitherLiesWithinNorEncloses(string? jurisdiction, bool foreign) =>
        Assert.Equal(foreign, new Boundary("b", "de", new Dictionary<string, string>()).IsForeign(
            TurnScript.GuardOf(TurnScript.Policy).Snapshot.Vocabulary, jurisdiction));

    [Fact]
    public async Task Model_WithoutAReplica_IsNotARefusalOfPolicy()
    {
        _script.Current = new([TurnScript.Model()]);

        var refused = Assert.IsType<TurnRefused>(Assert.Single(await _script.RunAsync(TurnScript.Request())));

        Assert.Equal("no_replica", refused.Refusal.Row.Code);
        Assert.Empty(_script.Leaves);
    }

    [Fact]
    public async Task Model_ThatIsNotServed_IsNotFound()
    {
        var refused = Assert.IsType<TurnRefused>(Assert.Single(await _script.RunAsync(TurnScript.Request("large"))));

        Assert.Equal(("model_not_found", "model"), (refused.Refusal.Row.Code, refused.Refusal.Field));
    }
}
