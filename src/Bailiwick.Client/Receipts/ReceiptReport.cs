using Bailiwick.Evidence;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Client;

/// <summary>One thing that was checked.</summary>
/// <param name="Check">Stable name: `intent.proof`, `outcome.answer` and so on.</param>
/// <param name="Holds">Whether it holds.</param>
/// <param name="Sentence">What was found, for people.</param>
public sealed record ReceiptFinding(string Check, bool Holds, string Sentence);

/// <summary>What a receipt is worth. Immutable.</summary>
/// <param name="Receipt">The receipt.</param>
/// <param name="Findings">In the order in which they were checked; a check that an earlier miss makes impossible is absent.</param>
/// <param name="Intent">The record before the first token; null where it did not check out.</param>
/// <param name="Outcome">The record after the last; null where it did not check out.</param>
public sealed record ReceiptReport(Receipt Receipt, IReadOnlyList<ReceiptFinding> Findings, IntentLeaf? Intent, OutcomeLeaf? Outcome)
{
    /// <summary>True if both records were found and everything holds.</summary>
    public bool IsGood => Intent is not null && Outcome is not null && Findings.All(finding => finding.Holds);
}

/// <summary>A leaf with its proof, as the cluster gave it: not yet believed.</summary>
/// <param name="Leaf">Stored bytes.</param>
/// <param name="Proof">C2SP tlog-proof.</param>
public sealed record LeafProof(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Proof);
