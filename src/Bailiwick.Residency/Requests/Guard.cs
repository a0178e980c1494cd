using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Epochs;

namespace Bailiwick.Residency.Requests;

/// <summary>An admitted payload with its plan, or the refusal. Exactly one of `Payload` and a refusal.</summary>
/// <param name="Payload">Null if the plan refuses.</param>
public sealed record Admission<T>(Admitted<T>? Payload, RequestPlan Plan);

/// <summary>What a node answers to a payload that another node sent it. `Payload` is null unless both checks pass.</summary>
/// <param name="Permit">Whether the sender's policy is the one held here.</param>
/// <param name="Decision">Null where the permit already refused.</param>
public sealed record Reception<T>(Admitted<T>? Payload, EpochVerdict Permit, Decision? Decision);

/// <summary>
/// The one place where a payload becomes an admitted one: at the door by a request plan, at every further node by
/// deciding again for that node's own place, under the policy that the node itself holds. Immutable; a new snapshot
/// is a new guard.
/// </summary>
public sealed class Guard(PolicySnapshot snapshot)
{
    /// <summary>The policy by which this guard decides.</summary>
    public PolicySnapshot Snapshot { get; } = snapshot;

    /// <summary>At the door: plans everything that the request needs.</summary>
    public Admission<T> Admit<T>(T payload, RequestFacts facts)
    {
        var plan = Planner.Plan(Snapshot, facts);
        return new Admission<T>(
            plan is AdmittedPlan admitted
                ? new Admitted<T>(payload, admitted.Labels, admitted.Permit, admitted.Obligations, admitted.Reach)
                : null,
            plan);
    }

    /// <summary>
    /// At a node: takes a payload that another node admitted, if its permit names the policy held here and this place
    /// is allowed for its labels. What comes out reaches this place only.
    /// </summary>
    public Reception<T> Receive<T>(T payload, in LabelPair labels, Permit permit, in Destination here)
    {
        var honoured = Epoch.Honour(Snapshot.Permit, permit);
        if (honoured is not EpochVerdict.Accept)
        {
            return new Reception<T>(null, honoured, null);
        }

        var decision = Snapshot.Decide(labels, here).ToDecision();
        return new Reception<T>(
            decision.Effect is Effect.Allow
                ? new Admitted<T>(payload, labels, permit, decision.Obligations, [here])
                : null,
            honoured,
            decision);
    }
}
