using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Turns;
using Effect = Bailiwick.Evidence.Effect;
using Label = Bailiwick.Residency.Label;
using Reason = Bailiwick.Residency.Reason;

namespace Bailiwick.Silo.Policy;

/// <summary>A plan that policy refused: as the caller reads it, and as a record. Pure.</summary>
internal static class Denial
{
    /// <summary>403 with the rules that decided, and why, in the policy's own words.</summary>
    public static Refusal Refusal(RefusedPlan plan, PolicySnapshot snapshot)
    {
        var rules = Rules(plan);
        var reasons = Enum.GetValues<Reason>().Where(reason => reason is not Reason.None).ToDictionary(Residency.Reasons.Id);
        var because = snapshot.RulesInForce.Where(entry => rules.Contains(entry.Rule.Id))
            .GroupBy(entry => entry.Rule.Id).ToDictionary(group => group.Key, group => group.First().Rule.Because);
        return new Refusal(Errors.ResidencyDenied, $"Policy denies this request at its {plan.RefusedAt}: {string.Join(", ", rules)}.")
        {
            Rules = rules,
            RefusedAt = plan.RefusedAt,
            Why = [.. rules.Select(rule => because.GetValueOrDefault(rule)
                ?? (reasons.TryGetValue(rule, out var reason) ? Residency.Reasons.Sentence(reason) : "")).Where(text => text.Length > 0)],
        };
    }

    /// <summary>The record of it.</summary>
    /// <param name="plan">What was refused.</param>
    /// <param name="turn">Id under which the caller's request is known.</param>
    /// <param name="model">Name of the model, resolved.</param>
    /// <param name="caller">Who asked.</param>
    public static Func<LeafOrigin, Leaf> Leaf(RefusedPlan plan, string turn, string model, Caller caller)
    {
        if (!TreeHash.TryParseHex(plan.Permit.Digest, out var policy))
        {
            throw new ArgumentException("The policy's digest is not a SHA-256 in hex.", nameof(plan));
        }

        var deniedFor = plan.Decisions.SelectMany(placed => placed.Decision.DeniedFor ?? []).Distinct()
            .Select(label => label is DeniedFor.Raised ? "raised" : "credential").ToList();
        var decision = new DecisionPart(
            Effect.Deny, plan.Permit.Epoch, policy, Rules(plan),
            [.. plan.Decisions.SelectMany(placed => placed.Decision.Overridden).Distinct()], [], deniedFor.Count > 0 ? deniedFor : null,
            plan.RefusedAt);
        return origin => new DenyLeaf(
            origin, turn, Label: null, Part(caller.Label), new CallerPart(caller.KeyId, caller.Place?.Zone, caller.Place?.ProvenBy), model, decision);
    }

    private static List<string> Rules(RefusedPlan plan) => [.. plan.Decisions.SelectMany(placed => placed.Decision.Rules).Distinct()];

    private static LabelPart? Part(Label label) => label is { Jurisdiction: { } jurisdiction, Class: { } @class, Purpose: { } purpose, Tenant: { } tenant }
        ? new LabelPart(jurisdiction, @class, purpose, tenant)
        : null;
}
