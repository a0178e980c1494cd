using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>What one turn was admitted under: guard, verdict, model. Changes only where the policy does.</summary>
internal sealed class TurnAdmission(TurnServices services, TurnRequest request, Caller caller, TurnMeter meter)
{
    public Guard Guard { get; private set; } = null!;

    public GateVerdict<Submit> Verdict { get; private set; } = null!;

    public ServedModel Model { get; private set; } = null!;

    /// <summary>What the store adds to the question; null where nothing is kept.</summary>
    private SessionFacts? _session;

    /// <summary>Decides. A denial is a record before it is an answer.</summary>
    /// <returns>Null where admitted.</returns>
    public async Task<Refusal?> DecideAsync(string turn, SessionFacts? session, CancellationToken cancellationToken)
    {
        _session = session;
        var current = services.Shards.Current;
        if (current.Find(request.Model) is not { } model)
        {
            return current.NotFound;
        }

        meter.Found(model.Name);

        // Without a machine there is nothing to decide about.
        if (model.Replicas.Count == 0)
        {
            return new Refusal(Errors.NoReplica, $"No node serves {model.Name} at the moment.");
        }

        if (!services.Policy.TryGet(out var guard, out var stale))
        {
            return stale;
        }

        if (!services.Intake.IsAvailable)
        {
            return TurnEnd.NoRecord;
        }

        (Model, Guard) = (model, guard);
        Verdict = Gate.Decide(guard, services.Boundary, request.Submit, request.Raise, caller, model, session);
        if (Verdict.Refusal is not { } refusal)
        {
            return null;
        }

        var record = TurnRecords.Deny(turn, guard.Snapshot, Verdict, caller, model.Name);
        if (await services.Intake.WriteAsync(record, cancellationToken) is null)
        {
            return TurnEnd.NoRecord;
        }

        meter.Decided("deny", Verdict.Denial!.Rules);
        return refusal;
    }

    /// <summary>Before each flush: whether its caller may go on, the lease, and whether a policy that changed still lets this answer leave.</summary>
    /// <returns>Null where it may.</returns>
    public Refusal? Recheck(string zone)
    {
        if (services.Callers.Fault(caller) is { } revoked)
        {
            return revoked;
        }

        if (!services.Policy.TryGet(out var guard, out var stale))
        {
            return stale;
        }

        if (ReferenceEquals(guard, Guard))
        {
            return null;
        }

        var verdict = Gate.Decide(guard, services.Boundary, request.Submit, request.Raise, caller, Model, _session);
        if (verdict.Refusal is { } refusal)
        {
            return refusal;
        }

        if (!verdict.Plan!.Silos.Contains(zone))
        {
            return new Refusal(Errors.ResidencyDenied, "The policy changed: this answer may no longer be made where it is being made.");
        }

        (Guard, Verdict) = (guard, verdict);
        return null;
    }
}
