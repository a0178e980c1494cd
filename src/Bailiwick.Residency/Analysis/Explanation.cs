using Bailiwick.Residency.Decisions;

namespace Bailiwick.Residency.Analysis;

/// <summary>Values of one field that alone, all else as asked, would turn the decision round.</summary>
public sealed record Change(Dimension Field, IReadOnlyList<string> Values, Decision Outcome);

/// <summary>Why something is decided as it is, and what would change it.</summary>
/// <param name="Changes">By one field; of a raised request, fields of the destination only.</param>
/// <param name="NearMisses">Of `!no-match`: the allows that miss by the fewest conditions.</param>
public sealed record Explanation(
    LabelPair Labels,
    Destination Destination,
    Decision Decision,
    IReadOnlyList<Change> Changes,
    IReadOnlyList<NearMiss> NearMisses)
{
    private const int MostNearMisses = 3;

    /// <summary>
    /// A pair whose label is no raise of its credential's is denied for that, as a request plan denies it: without
    /// changes, since no destination is looked at.
    /// </summary>
    public static Explanation Of(PolicySnapshot snapshot, LabelPair labels, Destination destination)
    {
        var raised = labels.IsRaised
            ? LabelAlgebra.Raise(snapshot.Vocabulary, labels.Credential, RequestedLabel.Of(labels.Requested))
            : default;
        if (raised.Fault is not Reason.None)
        {
            return new Explanation(labels, destination, Decision.Of(raised.Fault), [], []);
        }

        var domain = Domain.Of(snapshot.Vocabulary);
        var decision = snapshot.Decide(labels, destination).ToDecision();
        return new Explanation(
            labels, destination, decision,
            [.. Changing(snapshot, domain, labels, destination, decision)],
            NearMissesOf(snapshot, domain, labels, destination));
    }

    private static IEnumerable<Change> Changing(
        PolicySnapshot snapshot, Domain domain, LabelPair labels, Destination destination, Decision decision)
    {
        foreach (var field in Enum.GetValues<Dimension>().Where(f => f >= Dimension.Kind || !labels.IsRaised))
        {
            var outcomes =
                from value in domain[field]
                let changed = With(labels, destination, field, value)
                let verdict = snapshot.Decide(changed.Labels, changed.Destination)
                where verdict.Effect != decision.Effect
                let outcome = verdict.ToDecision()
                group (value, outcome) by string.Join(' ', outcome.Rules);
            foreach (var group in outcomes)
            {
                yield return new Change(field, [.. group.Select(g => g.value)], group.First().outcome);
            }
        }
    }

    private static (LabelPair Labels, Destination Destination) With(
        LabelPair labels, Destination destination, Dimension field, string value)
    {
        var label = labels.Requested ?? new Label(null, null, null, null);
        return field switch
        {
            Dimension.Jurisdiction => (LabelPair.Of(label with { Jurisdiction = value }), destination),
            Dimension.Class => (LabelPair.Of(label with { Class = value }), destination),
            Dimension.Purpose => (LabelPair.Of(label with { Purpose = value }), destination),
            Dimension.Tenant => (LabelPair.Of(label with { Tenant = value }), destination),
            Dimension.Kind => (labels, destination with { Kind = value }),
            Dimension.Zone => (labels, destination with { Zone = value }),
            _ => (labels, destination with { ProvenBy = value }),
        };
    }

    /// <summary>For the first of the labels that no rule matches.</summary>
    private static IReadOnlyList<NearMiss> NearMissesOf(
        PolicySnapshot snapshot, Domain domain, LabelPair labels, Destination destination)
    {
        foreach (var label in new[] { labels.Requested, labels.Credential })
        {
            var decision = snapshot.Decide(label, destination).ToDecision();
            if (decision.Rules is [var only] && only == Reason.NoMatch.Id())
            {
                return NearMiss.Of(snapshot, domain, domain.PointOf(label!, destination), MostNearMisses);
            }
        }

        return [];
    }
}
