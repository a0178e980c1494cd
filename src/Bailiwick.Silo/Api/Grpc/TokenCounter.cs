using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>
/// Token ids of a text. The text is a payload: policy decides about it as about a prompt, and a denial is a record. No answer of a
/// model leaves, so there is no intent.
/// </summary>
internal sealed class TokenCounter(IShards shards, IPolicyBoard policy, IIntake intake, Boundary boundary, IChance chance)
{
    private static readonly Refusal NoReplica = new(Errors.NoReplica, "No replica of this model is ready.");

    public async Task<(IReadOnlyList<int> Ids, Refusal? Refusal)> TokenizeAsync(
        TokenizeRequest request, Caller caller, CancellationToken cancellationToken)
    {
        if ((Translation.ModelFault(request.Model) ?? Translation.TextFault(request.Text, "text")) is { } fault)
        {
            return ([], fault);
        }

        var current = shards.Current;
        if (current.Find(request.Model) is not { } model)
        {
            return ([], current.NotFound);
        }

        List<Shards.Replica> ready = [.. model.Replicas.Where(replica => replica is { Phase: ReplicaPhase.Ready, Draining: false })];
        if (ready.Count == 0)
        {
            return ([], NoReplica);
        }

        if (!policy.TryGet(out var guard, out var stale))
        {
            return ([], stale);
        }

        var call = new TextCall { Tokenize = new Tokenize { Text = request.Text } };
        var verdict = Gate.Decide(guard, boundary, call, Translation.Raise(request.Label), caller, model with { Replicas = ready });
        return verdict.Admitted is { } admitted
            ? await CallAsync(admitted, ready, cancellationToken)
            : ([], await DenyAsync(verdict, guard, model.Name, caller, cancellationToken));
    }

    private async Task<(IReadOnlyList<int> Ids, Refusal? Refusal)> CallAsync(
        Admitted<TextCall> admitted, List<Shards.Replica> ready, CancellationToken cancellationToken)
    {
        var allowed = ready.Where(replica => admitted.MayReach(Destination.At(DestinationKind.Silo, replica.Place)));
        // A text call changes nothing, so where one replica is lost the next one is asked.
        foreach (var replica in allowed.OrderBy(replica => replica.Active))
        {
            if (await shards.CallAsync(admitted, replica, cancellationToken) is { } reply)
            {
                return reply.Problem is { } problem ? ([], Refusal.Of(problem.Code, problem.Sentence)) : (reply.Id, null);
            }
        }

        return ([], NoReplica);
    }

    private async Task<Refusal> DenyAsync(
        GateVerdict<TextCall> verdict, Guard guard, string model, Caller caller, CancellationToken cancellationToken)
    {
        var record = TurnRecords.Deny(NewId(), guard.Snapshot, verdict, caller, model);
        return await intake.WriteAsync(record, cancellationToken) is null ? TurnEnd.NoRecord : verdict.Refusal!;
    }

    /// <summary>Not the id of a turn: there was none.</summary>
    private string NewId()
    {
        Span<byte> id = stackalloc byte[8];
        chance.Fill(id);
        return $"tokenize-{Convert.ToHexStringLower(id)}";
    }
}
