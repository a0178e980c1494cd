using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Silo.Sessions;
using Bailiwick.Tests.Silo.Turns;

namespace Bailiwick.Tests.Silo.Sessions;

/// <summary>Who may read what is kept: the label of what is kept joined with the reader's, decided for both where it lies above.</summary>
public sealed class SessionAccessTests
{
    /// <summary>Public is for callers in Germany, internal for those whose own label is internal too: a rule about the class alone cannot say that.</summary>
    private static readonly string Policy = TurnScript.Policy.Replace(
        "label: {class: public}", "label: {class: [public, internal], jurisdiction: de}", StringComparison.Ordinal);

    public static TheoryData<string, string, string?, string[]> Readings => new()
    {
        // kept, reader, zone of the reader; rules that refuse
        { "de/public", "de/public", "de-1", [] },
        { "de/internal", "de/public", "de-1", [] },
        { "de/public", "de/internal", "de-1", [] },
        { "de/public", "de/public", null, ["!unknown-zone"] },
        { "de/public", "de/public", "fr-9", ["!unknown-zone"] },
        // The joined label is Germany's, the reader's own is the Union's: both are decided, and no rule speaks of the Union.
        { "de/public", "eu/public", "de-1", ["!no-match"] },
        { "fr/public", "de/public", "de-1", ["!label-conflict"] },
        { "de/nonsense", "de/public", "de-1", ["!label-conflict"] },
    };

    [Theory]
    [MemberData(nameof(Readings))]
    public void Reading_ByLabelAndPlace_IsDecidedForBothLabels(string kept, string reader, string? zone, string[] rules)
    {
        var place = zone is null ? (Place?)null : Place.In(zone, Proof.Contract);

        var refusal = SessionAccess.Read(TurnScript.GuardOf(Policy).Snapshot, Label(kept), new SessionReader("k-1", Label(reader), place));

        Assert.Equal(rules, refusal?.Rules ?? []);
        Assert.Equal(rules.Length == 0 ? null : "residency_denied", refusal?.Row.Code);
    }

    [Theory]
    [InlineData("no-text", "session-store", false)]
    [InlineData("no-text", "caller", true)]
    [InlineData("erase-30d", "session-store", true)]
    [InlineData("two-person-review", "caller", false)]
    public void Allow_ThatAsksForSomething_IsOneOnlyWhereThatIsDone(string obligation, string kind, bool allowed)
    {
        var policy = Policy.Replace("kind: [silo, caller]", "kind: [silo, caller, session-store]", StringComparison.Ordinal)
            .Replace("because: Public", $"obligations: [{obligation}]\n        because: Public", StringComparison.Ordinal);
        var destination = kind == "caller" ? DestinationKind.Caller : DestinationKind.SessionStore;

        var (refusal, _) = SessionAccess.Decide(
            TurnScript.GuardOf(policy).Snapshot, new LabelPair(Label("de/public"), Label("de/public")), destination, Place.In("de-1", Proof.Contract));

        Assert.Equal(allowed ? [] : new[] { obligation }, refusal?.Rules ?? []);
    }

    [Theory]
    [InlineData(90, true, 30)]
    [InlineData(7, true, 7)]
    [InlineData(90, false, 90)]
    public void Life_UnderAnObligationToErase_IsThirtyDaysAtMost(int retention, bool obliged, int days) => Assert.Equal(
        TimeSpan.FromDays(days), KeptObligations.Life(TimeSpan.FromDays(retention), obliged ? [Obligation.Erase30D] : []));

    [Fact]
    public void Readable_Labels_AreThoseThatReadingAllows() => Assert.Equal(
        ["de/internal", "de/public", "eu/internal", "eu/public"],
        SessionAccess.Readable(TurnScript.GuardOf(Policy).Snapshot, new SessionReader("k-1", Label("de/public"), Place.In("de-1", Proof.Contract)))
            .Select(label => $"{label.Jurisdiction}/{label.Class}").Order());

    private static Label Label(string text) =>
        text.Split('/') is [var jurisdiction, var kind] ? new Label(jurisdiction, kind, "service-provision", "ministry") : throw new ArgumentException(text);
}
