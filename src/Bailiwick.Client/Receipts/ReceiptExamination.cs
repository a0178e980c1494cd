using System.Text;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Client;

/// <summary>
/// Checks a receipt with its proofs at hand: pure, no server, no network. An officer gets the same from the files. Follow one proof:
/// bytes hash to the receipt's leaf hash, that hash is in the tree, the tree's head is signed by a log that is trusted.
/// </summary>
public sealed class ReceiptExamination
{
    private readonly Receipt _receipt;
    private readonly TrustPolicy _trust;
    private readonly List<ReceiptFinding> _findings = [];

    private ReceiptExamination(Receipt receipt, TrustPolicy trust) => (_receipt, _trust) = (receipt, trust);

    /// <summary>Everything that can be said.</summary>
    /// <param name="receipt">The receipt.</param>
    /// <param name="prompt">What was committed to as the prompt.</param>
    /// <param name="answers">The answer, or the texts that may be it: one must open the commitment.</param>
    /// <param name="trust">Whose signatures count.</param>
    /// <param name="intent">Proof of the intent, or why there is none.</param>
    /// <param name="outcome">Proof of the outcome, or why there is none.</param>
    public static ReceiptReport Of(
        Receipt receipt,
        ReadOnlySpan<byte> prompt,
        IReadOnlyList<string> answers,
        TrustPolicy trust,
        (LeafProof? Proof, string Missing) intent,
        (LeafProof? Proof, string Missing) outcome)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(trust);
        var examination = new ReceiptExamination(receipt, trust);
        var first = examination.Read<IntentLeaf>("intent", receipt.Intent, intent);
        var last = examination.Read<OutcomeLeaf>("outcome", receipt.Outcome, outcome);
        if (first is not null)
        {
            examination.Compare(first);
        }

        if (last is not null)
        {
            examination.Compare(last, prompt, answers);
        }

        return new ReceiptReport(receipt, examination._findings, first, last);
    }

    private T? Read<T>(string name, string? hash, (LeafProof? Proof, string Missing) given)
        where T : Leaf
    {
        if (!TreeHash.TryParseHex(hash ?? "", out var expected))
        {
            Say($"{name}.proof", false, hash is null
                ? $"The receipt was given before the {name} was durable; it names none."
                : $"The receipt's hash of the {name} is none.");
            return null;
        }

        if (given.Proof is not { } proof)
        {
            Say($"{name}.proof", false, given.Missing);
            return null;
        }

        if (TreeHasher.Leaf(proof.Leaf.Span) != expected)
        {
            Say($"{name}.hash", false, $"The {name} that the cluster shows is not the one that the receipt names.");
            return null;
        }

        Say($"{name}.hash", true, $"The {name} is the one that the receipt names.");
        if (!IsProven(name, expected, proof.Proof.Span))
        {
            return null;
        }

        if (!Leaf.TryParse(proof.Leaf.Span, out var leaf, out var fault))
        {
            Say($"{name}.form", false, $"The {name} is no record of this version: {fault}.");
            return null;
        }

        if (leaf is not T read)
        {
            Say($"{name}.form", false, $"The receipt's {name} is a record of another kind ({leaf.Kind}).");
            return null;
        }

        return read;
    }

    private bool IsProven(string name, TreeHash leaf, ReadOnlySpan<byte> bytes)
    {
        if (!TlogProof.TryParse(bytes, out var proof, out var fault))
        {
            Say($"{name}.proof", false, $"The proof of the {name} cannot be read: {fault}.");
            return false;
        }

        if (proof.Verify(leaf, _trust, out var trusted) is { } refused)
        {
            Say($"{name}.proof", false, $"The proof of the {name} does not hold: {refused}.");
            return false;
        }

        Say($"{name}.proof", true,
            $"The {name} is leaf {proof.Index} of the signed tree of {trusted!.Checkpoint.Size} ({Witnesses(trusted)}).");
        return Say($"{name}.log", trusted.Checkpoint.Origin == _receipt.Log, trusted.Checkpoint.Origin == _receipt.Log
            ? $"The log is {_receipt.Log}."
            : $"The receipt is of the log {_receipt.Log}, the proof of another.");
    }

    private static string Witnesses(TrustedCheckpoint trusted) =>
        trusted.Witnesses.Count switch { 0 => "no witness", 1 => "one witness", var count => $"{count} witnesses" };

    private void Compare(IntentLeaf intent)
    {
        Agree("intent.turn", "turn", intent.Turn, _receipt.Turn);
        Agree("intent.build", "build", Bare(intent.Executor.Build), Bare(_receipt.Build));
        Agree("intent.seed", "seed", $"{intent.Sampler.Seed}", $"{_receipt.Seed}");
    }

    private void Compare(OutcomeLeaf outcome, ReadOnlySpan<byte> prompt, IReadOnlyList<string> answers)
    {
        Say("outcome.intent", outcome.Intent.ToHex() == _receipt.Intent, outcome.Intent.ToHex() == _receipt.Intent
            ? "The outcome is that of the intent."
            : "The outcome is that of another intent.");
        Opens("outcome.prompt", "prompt", outcome.Prompt, _receipt.PromptSalt, Contains(outcome.Prompt, _receipt.PromptSalt, prompt));
        var isAnswer = false;
        foreach (var answer in answers)
        {
            isAnswer |= Contains(outcome.Answer, _receipt.AnswerSalt, Encoding.UTF8.GetBytes(answer));
        }

        Opens("outcome.answer", "answer", outcome.Answer, _receipt.AnswerSalt, isAnswer);
    }

    private static bool Contains(TreeHash? commitment, string salt, ReadOnlySpan<byte> content) =>
        commitment is { } there && TreeHash.TryParseHex(salt, out var key) && Commitment.Opens(there, key.AsSpan(), content);

    private void Opens(string check, string what, TreeHash? commitment, string salt, bool holds) => Say(check, holds, (holds, commitment) switch
    {
        (true, _) => $"The {what} is the one that was committed to.",
        (_, null) => $"The outcome commits to no {what}.",
        _ when !TreeHash.TryParseHex(salt, out _) => $"The receipt's salt of the {what} is none.",
        _ => $"This is not the {what} that was committed to.",
    });

    private void Agree(string check, string what, string recorded, string claimed) => Say(check, recorded == claimed, recorded == claimed
        ? $"The {what} is {claimed}."
        : $"The receipt says {what} {claimed}, the record says {recorded}.");

    /// <summary>Leaves name their digest's algorithm, receipts do not.</summary>
    private static string Bare(string digest) => digest.StartsWith("sha256:", StringComparison.Ordinal) ? digest["sha256:".Length..] : digest;

    private bool Say(string check, bool holds, string sentence)
    {
        _findings.Add(new ReceiptFinding(check, holds, sentence));
        return holds;
    }
}
