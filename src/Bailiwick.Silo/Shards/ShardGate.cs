using Bailiwick.Protocol;
using Bailiwick.Residency;
using Bailiwick.Residency.Epochs;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;

namespace Bailiwick.Silo.Shards;

/// <summary>
/// Where a payload of another silo enters this one: decided again, for this silo's own zone and under the policy that this silo holds. What another
/// silo decided is not enough, and nothing but this admits to a decoder.
/// </summary>
internal sealed class ShardGate(IPolicyBoard board, string zone)
{
    /// <summary>Exactly one of the two is null.</summary>
    public (Admitted<T>? Admitted, Refusal? Refusal) Receive<T>(T payload, ShardPayload sent)
    {
        if (!board.TryGet(out var guard, out var refusal))
        {
            return (null, refusal);
        }

        var here = Destination.At(DestinationKind.Silo, Place.In(zone, Proof.Certificate));
        var reception = guard.Receive(payload, sent.Labels, sent.Permit, here);
        return reception.Payload is { } admitted ? (admitted, null) : (null, Refuse(reception));
    }

    private static Refusal Refuse<T>(Reception<T> reception) => reception.Decision is { } decision
        ? new Refusal(Errors.ResidencyDenied, $"The worker's zone is denied by {string.Join(", ", decision.Rules)}.")
        {
            Rules = decision.Rules,
            RefusedAt = DestinationKind.Silo.Text(),
        }
        : new Refusal(Errors.Epoch, $"The worker does not act on this permit: {reception.Permit.Code()}.");
}
