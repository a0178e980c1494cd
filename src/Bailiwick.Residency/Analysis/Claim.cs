using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Analysis;

/// <summary>What a claim says of the tuples that match it.</summary>
public enum ClaimKind
{
    /// <summary>No tuple that matches is allowed.</summary>
    Never,

    /// <summary>Every tuple that matches is allowed.</summary>
    Always,
}

/// <summary>Something to be proved of a policy.</summary>
/// <param name="ProvenBy">A condition on the proof of the zone; null matches all that prove anything.</param>
public sealed record Claim(
    string Id, string Text, ClaimKind Kind, LabelConditions Label, DestinationConditions Destination, IdCondition? ProvenBy);

/// <summary>Whether a claim holds. Exact: every tuple was looked at.</summary>
/// <param name="Considered">Tuples that match, of labels within their tenant's home at proven places.</param>
/// <param name="Counterexamples">How many of them break the claim.</param>
/// <param name="First">The first of them in the order of declaration, or null.</param>
public sealed record Proven(Claim Claim, long Considered, long Counterexamples, Counterexample? First)
{
    /// <summary>True also where nothing matches: see <see cref="IsVacuous"/>.</summary>
    public bool Holds => Counterexamples == 0;

    /// <summary>Nothing matches, so the claim says nothing of this policy: tell its author.</summary>
    public bool IsVacuous => Considered == 0;

    /// <exception cref="DomainTooLargeException"/>
    public static Proven Of(PolicySnapshot snapshot, Claim claim)
    {
        var domain = Domain.Of(snapshot.Vocabulary);
        var matches = Matcher(snapshot, claim);
        long considered = 0, counterexamples = 0;
        Counterexample? first = null;
        foreach (var tuple in domain.Tuples())
        {
            if (!matches(tuple))
            {
                continue;
            }

            considered++;
            var verdict = snapshot.Decide(domain.LabelOf(tuple), domain.DestinationOf(tuple));
            if (verdict.IsAllowed == claim.Kind is ClaimKind.Never)
            {
                counterexamples++;
                first ??= new Counterexample(domain.LabelOf(tuple), domain.DestinationOf(tuple), verdict.ToDecision());
            }
        }

        return new Proven(claim, considered, counterexamples, first);
    }

    /// <summary>A claim's conditions are a rule's: they are matched by the index of a policy of one rule.</summary>
    private static Func<Point, bool> Matcher(PolicySnapshot snapshot, Claim claim)
    {
        var rule = new Rule("CLAIM", Effect.Deny, claim.Label, claim.Destination, null, null, [], claim.Text);
        var document = new PolicyDocument("claim", claim.Text, null, null, null, null, [rule]);
        var index = new RuleIndex(snapshot.Vocabulary, [(document, rule)]);
        var proofs = ConditionSets.Of(claim.ProvenBy, Proofs.Ids);
        return tuple => tuple.Proof != (int)Proof.Setting && proofs[tuple.Proof]
            && snapshot.PassesHome(tuple.Jurisdiction, tuple.Tenant)
            && index.Matching(0, tuple) != 0;
    }
}

/// <summary>A tuple that breaks a claim.</summary>
public sealed record Counterexample(Label Label, Destination Destination, Decision Decision);
