using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Analysis;

/// <summary>A condition that a tuple does not meet.</summary>
/// <param name="Field">As in the policy: `destination.zone`.</param>
/// <param name="Wanted">In words.</param>
/// <param name="Actual">The tuple's value.</param>
public sealed record Unmet(string Field, string Wanted, string? Actual);

/// <summary>An allow in force that does not match, and by which of its conditions.</summary>
public sealed record NearMiss(PolicyDocument Document, Rule Rule, IReadOnlyList<Unmet> Unmet)
{
    /// <summary>The allows in force that a tuple misses by the fewest conditions; at most `most` of them.</summary>
    internal static IReadOnlyList<NearMiss> Of(PolicySnapshot snapshot, Domain domain, Point at, int most)
    {
        var misses = snapshot.RulesInForce
            .Where(entry => entry.Rule.Effect is Effect.Allow)
            .Select(entry => new NearMiss(entry.Document, entry.Rule, Missing(snapshot.Vocabulary, domain, at, entry)))
            .Where(miss => miss.Unmet.Count > 0)
            .ToList();
        var fewest = misses.Count > 0 ? misses.Min(m => m.Unmet.Count) : 0;

        // A rule about another kind of destination explains least.
        return [.. misses.Where(m => m.Unmet.Count == fewest).OrderBy(m => m.Unmet.Any(u => u.Field == "destination.kind")).Take(most)];
    }

    private static List<Unmet> Missing(
        Vocabulary words, Domain domain, Point at, (PolicyDocument Document, Rule Rule) entry)
    {
        var (document, rule) = entry;
        var tree = words.Jurisdictions;
        var label = domain.LabelOf(at);
        var destination = domain.DestinationOf(at);
        var place = words.JurisdictionOfZone(at.Zone);
        var unmet = new List<Unmet>();
        Check(document.Scope, c => ConditionSets.Of(c, tree)[at.Jurisdiction], ConditionText.Of, "scope", label.Jurisdiction);
        Check(rule.Label.Jurisdiction, c => ConditionSets.Of(c, tree)[at.Jurisdiction], ConditionText.Of, "label.jurisdiction", label.Jurisdiction);
        Check(rule.Label.Class, c => ConditionSets.Of(c, words.Classes)[at.Class], ConditionText.Of, "label.class", label.Class);
        Check(rule.Label.Purpose, c => ConditionSets.Of(c, words.Purposes)[at.Purpose], ConditionText.Of, "label.purpose", label.Purpose);
        Check(rule.Label.Tenant, c => ConditionSets.Of(c, words.Tenants)[at.Tenant], ConditionText.Of, "label.tenant", label.Tenant);
        Check(rule.Destination.Kind, c => ConditionSets.Of(c, DestinationKinds.Ids)[at.Kind], ConditionText.Of, "destination.kind", destination.Kind);
        Check(rule.Destination.Zone, c => ConditionSets.Of(c, words.Zones)[at.Zone], ConditionText.Of, "destination.zone", destination.Zone);
        Check(rule.Destination.Jurisdiction, InPlace, ConditionText.Of, "destination.jurisdiction", tree.Ids[place]);
        if (rule.MinimumProof is { } minimum && at.Proof < (int)minimum)
        {
            unmet.Add(new Unmet("destination.proof", $"{minimum.Text()} or stronger", destination.ProvenBy));
        }

        return unmet;

        void Check<T>(T? condition, Func<T, bool> holds, Func<T, string> text, string field, string? actual)
            where T : class
        {
            if (condition is not null && !holds(condition))
            {
                unmet.Add(new Unmet(field, text(condition), actual));
            }
        }

        bool InPlace(JurisdictionCondition condition) =>
            ConditionSets.Of(condition, tree)[place]
            || ConditionSets.Holds(condition, tree.Within(place, at.Jurisdiction) ? PlaceForm.WithinLabel : PlaceForm.OutsideLabel);
    }
}
