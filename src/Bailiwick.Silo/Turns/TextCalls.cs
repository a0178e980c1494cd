using System.Text;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// Text calls of decoders. Their text is a payload: policy decides about it as about a prompt, with the history that it goes on with, and
/// a denial is a record. No answer of a model leaves, so there is no intent.
/// </summary>
internal sealed class TextCalls(
    IShards shards, IPolicyBoard policy, IIntake intake, ISessionStore sessions, Boundary boundary, TimeProvider time) : ITextCalls
{
    private static readonly Refusal NoReplica = new(Errors.NoReplica, "No replica of this model is ready.");

    public async Task<(TextReply? Reply, Refusal? Refusal)> RunAsync(TextRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var current = shards.Current;
        if (current.Find(request.Model) is not { } model)
        {
            return (null, current.NotFound);
        }

        List<Replica> ready = [.. model.Replicas.Where(replica => replica is { Phase: ReplicaPhase.Ready, Draining: false })];
        if (ready.Count == 0)
        {
            return (null, NoReplica);
        }

        SessionFacts? facts = null;
        if (request.Recall is { } recall)
        {
            var before = await sessions.BeforeAsync(recall, caller.Label.Tenant!, cancellationToken);
            if (before.Value is not { } found)
            {
                return (null, before.Refusal);
            }

            facts = new SessionFacts(found.Label, sessions.Place);
        }

        if (!policy.TryGet(out var guard, out var stale))
        {
            return (null, stale);
        }

        var verdict = Gate.Decide(guard, boundary, request.Call, request.Raise, caller, model with { Replicas = ready }, facts);
        return verdict.Admitted is not { } admitted ? (null, await DenyAsync(verdict, guard, model.Name, caller, cancellationToken))
            : await RecallAsync(admitted, request.Recall, facts?.Label, cancellationToken) is { } refusal ? (null, refusal)
            : await CallAsync(admitted, ready, cancellationToken);
    }

    /// <summary>Completes the admitted call by what was said before.</summary>
    /// <returns>Null where it may go on.</returns>
    private async Task<Refusal?> RecallAsync(Admitted<TextCall> admitted, Keeping? recall, Label? seen, CancellationToken cancellationToken)
    {
        if (recall is null)
        {
            return null;
        }

        var history = await sessions.HistoryAsync(admitted, recall, cancellationToken);
        if (history.Value is { } before)
        {
            // Read after the history: where its class rose since the call was let in, the call was let in for less than it holds.
            var now = await sessions.BeforeAsync(recall, admitted.Labels.Requested!.Tenant!, cancellationToken);
            if (now.Value?.Label != seen)
            {
                return now.Refusal ?? SessionRefusals.Busy;
            }

            admitted.Payload.CountChat.MessagesJson = Encoding.UTF8.GetString(TurnHistory.Compose(recall.Lead, before, recall.Messages));
        }

        return history.Refusal;
    }

    private async Task<(TextReply? Reply, Refusal? Refusal)> CallAsync(
        Admitted<TextCall> admitted, List<Replica> ready, CancellationToken cancellationToken)
    {
        var allowed = ready.Where(replica => admitted.MayReach(Destination.At(DestinationKind.Silo, replica.Place)));
        // A text call changes nothing, so where one replica is lost the next one is asked.
        foreach (var replica in allowed.OrderBy(replica => replica.Active))
        {
            if (await shards.CallAsync(admitted, replica, cancellationToken) is { } reply)
            {
                return reply.Problem is { } problem ? (null, Refusal.Of(problem.Code, problem.Sentence)) : (reply, null);
            }
        }

        return (null, NoReplica);
    }

    private async Task<Refusal> DenyAsync(
        GateVerdict<TextCall> verdict, Guard guard, string model, Caller caller, CancellationToken cancellationToken)
    {
        // Not the id of a turn: there was none.
        var id = "tokenize-" + Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        var record = TurnRecords.Deny(id, guard.Snapshot, verdict, caller, model);
        return await intake.WriteAsync(record, cancellationToken) is null ? TurnEnd.NoRecord : verdict.Refusal!;
    }
}
