using Bailiwick.Evidence;
using Bailiwick.Protocol.Audit.V1;
using Bailiwick.Protocol.Receipts;
using Google.Protobuf;
using Grpc.Core;

namespace Bailiwick.Client.Receipts;

/// <summary>Fetches the two proofs of a receipt and examines them.</summary>
internal sealed class ReceiptCheck(BailiwickClient client, BailiwickClientOptions options)
{
    private static readonly TimeSpan UsualWait = TimeSpan.FromMilliseconds(250);

    public async Task<ReceiptReport> VerifyAsync(
        Receipt receipt, ReadOnlyMemory<byte> prompt, IReadOnlyList<string> answers, TrustPolicy trust, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        var until = options.Time.GetUtcNow() + options.ProofPatience;
        var intent = await FetchAsync("intent", receipt.Intent, until, cancellationToken).ConfigureAwait(false);
        var outcome = await FetchAsync("outcome", receipt.Outcome, until, cancellationToken).ConfigureAwait(false);
        return ReceiptExamination.Of(receipt, prompt.Span, answers, trust, intent, outcome);
    }

    /// <summary>Waits while the log has not covered the leaf; that it is not there is a finding, not an error.</summary>
    private async Task<(LeafProof? Proof, string Missing)> FetchAsync(
        string name, string? hash, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (!TreeHash.TryParseHex(hash ?? "", out var leaf))
        {
            return (null, "");
        }

        var request = new GetProofRequest { LeafHash = ByteString.CopyFrom(leaf.AsSpan()) };
        while (true)
        {
            try
            {
                var given = await client.AskAsync(
                    (invoker, call) => new AuditService.AuditServiceClient(invoker).GetProofAsync(request, call), true, cancellationToken)
                    .ConfigureAwait(false);
                return (new LeafProof(given.Leaf.Memory, given.Proof.Memory), "");
            }
            catch (BailiwickException refused) when (refused.Status == StatusCode.NotFound)
            {
                return (null, $"The log does not hold the {name} that the receipt names.");
            }
            catch (BailiwickException refused) when (refused is { Status: StatusCode.Unavailable, IsRefusal: true })
            {
                var wait = refused.RetryAfter ?? UsualWait;
                if (options.Time.GetUtcNow() + wait > until)
                {
                    return (null, $"No checkpoint covers the {name} after {options.ProofPatience.TotalSeconds:0} s: {refused.Message}");
                }

                await Task.Delay(wait, options.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
