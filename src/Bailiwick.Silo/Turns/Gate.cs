using Bailiwick.Protocol;
using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Policies;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>Whether a turn may run, and where: the guard's decision, what surrounds it, and the words of a refusal. Pure.</summary>
internal static class Gate
{
    /// <summary>In the place of rule ids where the boundary, the licence or an obligation refuses.</summary>
    public const string OtherBoundary = "!other-boundary";

    /// <summary>A purpose that the model's licence forbids.</summary>
    public const string Licence = "!licence";

    /// <summary>An allow asks for something that this cluster cannot do.</summary>
    public const string Obligation = "!obligation";

    /// <summary>Decides about a payload for a model.</summary>
    /// <param name="guard">Over the policy in force.</param>
    /// <param name="boundary">What this cluster serves.</param>
    /// <param name="payload">What would reach a shard.</param>
    /// <param name="raise">Label fields that the request names; null raises nothing.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="model">For what.</param>
    /// <param name="session">What is kept and recalled; null = nothing.</param>
    public static GateVerdict<T> Decide<T>(
        Guard guard, Boundary boundary, T payload, RequestedLabel? raise, Caller caller, ServedModel model, SessionFacts? session = null)
    {
        var snapshot = guard.Snapshot;
        var raised = LabelAlgebra.Raise(snapshot.Vocabulary, caller.Label, raise);
        if (session?.Label is { } kept && raised.Label is { } own)
        {
            var joined = JoinedWith(snapshot.Vocabulary, own, kept);
            if (joined.Label is not { } both)
            {
                return Refused<T>(own, Errors.ResidencyDenied, joined.Fault.Id(), "label", "The request's label does not go with what it goes on with.");
            }

            // What the request reaches, its history reaches too: a label above the credential's counts as raised.
            (raised, raise) = (joined, both == caller.Label ? null : AsRaise(both));
        }

        var label = raised.Label ?? caller.Label;
        if (boundary.IsForeign(snapshot.Vocabulary, label.Jurisdiction))
        {
            return Refused<T>(label, Errors.OtherBoundary, OtherBoundary, "label", boundary.Sentence(label.Jurisdiction!));
        }

        if (model.UseRestrictions.Contains(label.Purpose))
        {
            return Refused<T>(
                label, Errors.LicenceDenied, Licence, "label", $"The licence of {model.Name} ({model.Licence}) forbids this purpose.");
        }

        var admission = guard.Admit(payload, new RequestFacts
        {
            Credential = caller.Label,
            Requested = raise,
            Caller = caller.Place,
            StoresConversation = session is not null,
            Store = session?.Store,
            Silos = [.. model.Replicas.Where(replica => model.PermittedZones?.Contains(replica.Zone) ?? true)
                .Select(replica => (Place?)replica.Place).Distinct()],
        });
        if (admission.Plan is RefusedPlan refused)
        {
            return Refused<T>(snapshot, raised.Label, refused);
        }

        var plan = (AdmittedPlan)admission.Plan;
        return KeptObligations.Unmet(plan.Obligations, stores: session is not null) is { } unmet
            ? Refused<T>(
                label, Errors.ResidencyDenied, Obligation, "label",
                $"Policy allows this only with '{unmet.Text()}', which this cluster does not do.")
            : new GateVerdict<T>(admission.Payload, plan, null, null, label);
    }

    /// <summary>Whether a piece of a kept answer may go to a reader by way of another gateway.</summary>
    /// <param name="guard">Over the policy in force.</param>
    /// <param name="payload">What would go.</param>
    /// <param name="kept">Label of the turn.</param>
    /// <param name="reader">Who reads.</param>
    /// <param name="gateway">By way of which place.</param>
    /// <returns>Null where it may not.</returns>
    public static Admitted<T>? Show<T>(Guard guard, T payload, Label kept, SessionReader reader, Place gateway) =>
        LabelAlgebra.Join(guard.Snapshot.Vocabulary, reader.Label, kept).Label is { } label
            ? guard.Admit(payload, new RequestFacts
            {
                Credential = reader.Label,
                Requested = label == reader.Label ? null : AsRaise(label),
                Caller = reader.Place,
                Silos = [gateway],
            }).Payload
            : null;

    /// <summary>The reasons of some rule ids, one sentence each, in the words of `bailiwick policy why`.</summary>
    public static IReadOnlyList<string> Why(CompiledPolicy policy, IEnumerable<string> rules) =>
        [.. from id in rules
            select policy.Find(id) is { } found
                ? $"{id}: {found.Document.Authority} (document {found.Document.Id}): {found.Rule.Because}"
                : Reasons.Of(id) is { } reason ? $"{id}: {reason.Sentence()}" : id];

    /// <summary>The label of a conversation after a turn under another one: its jurisdiction is fixed, its class may rise.</summary>
    private static LabelResult JoinedWith(Vocabulary vocabulary, Label own, Label kept) =>
        LabelAlgebra.Join(vocabulary, own, kept) is var joined && joined.Label is { } both && both.Jurisdiction != kept.Jurisdiction
            ? new LabelResult(null, Reason.LabelConflict)
            : joined;

    private static RequestedLabel AsRaise(Label label) => new(new Dictionary<string, string?>
    {
        ["jurisdiction"] = label.Jurisdiction,
        ["class"] = label.Class,
    });

    private static GateVerdict<T> Refused<T>(PolicySnapshot snapshot, Label? label, RefusedPlan plan)
    {
        // One story for all candidates: which rules refused, each once.
        var decisions = plan.Decisions.Select(placed => placed.Decision).ToList();
        var decision = new Decision(
            Effect.Deny, [.. decisions.SelectMany(one => one.Rules).Distinct()], [.. decisions.SelectMany(one => one.Overridden).Distinct()], [],
            decisions.Select(one => one.DeniedFor).FirstOrDefault(denied => denied is not null));
        var refusal = new Refusal(
            Errors.ResidencyDenied, $"Policy denies this request ({plan.RefusedAt}) by {string.Join(", ", decision.Rules)}.")
        {
            Rules = decision.Rules,
            RefusedAt = plan.RefusedAt,
            Why = Why(snapshot.Compiled, decision.Rules),
        };
        return new GateVerdict<T>(null, null, refusal, decision, label);
    }

    private static GateVerdict<T> Refused<T>(Label label, ErrorRow row, string rule, string at, string sentence)
    {
        var decision = new Decision(Effect.Deny, [rule], [], [], null);
        return new GateVerdict<T>(null, null, new Refusal(row, sentence) { Rules = decision.Rules, RefusedAt = at }, decision, label);
    }
}

/// <summary>An admitted payload with its plan, or a refusal with the decision that becomes a record.</summary>
/// <param name="Admitted">Null where refused.</param>
/// <param name="Plan">Null where refused.</param>
/// <param name="Refusal">Null where admitted.</param>
/// <param name="Denial">Null where admitted.</param>
/// <param name="Label">The label worked under; null where the request's own was not one.</param>
internal sealed record GateVerdict<T>(
    Admitted<T>? Admitted, AdmittedPlan? Plan, Refusal? Refusal, Decision? Denial, Label? Label);
