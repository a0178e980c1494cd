using System.Text;
using Bailiwick.Client;
using Bailiwick.Evidence;
using Bailiwick.Protocol.Receipts;

namespace Bailiwick.Tests.Client;

/// <summary>A turn in a signed log of two leaves, with its receipt: all genuine. What a test changes is what must be found.</summary>
internal sealed class SampleReceipt
{
    public const string Origin = "test.example/log";
    public const string Answer = "Paris, naïvement.";

    private static readonly SigningKey Key = SigningKey.FromSeed(Origin, SignatureType.Ed25519, Enumerable.Repeat((byte)7, 32).ToArray());
    private static readonly DateTimeOffset At = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly string Build = new('b', 64);
    private static readonly byte[] PromptSalt = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly byte[] AnswerSalt = [.. Enumerable.Repeat((byte)2, 32)];

    public static byte[] Prompt { get; } = CanonicalJson.OfMessages([("user", "Capital of France?")]);

    public static TrustPolicy Trust { get; } = TrustPolicy.Of([Key.Key], [], 0);

    public SigningKey Signer { get; init; } = Key;

    public string CheckpointOrigin { get; init; } = Origin;

    public Leaf Intent { get; init; } = new IntentLeaf(
        new LeafOrigin(At, "n1", null), "t-1", null, new LabelPart("local", "public", "service-provision", "quick-start"), null,
        new CallerPart("k-1", "local-1", "contract"), "m",
        new ExecutorPart("n1", "local-1", ZoneEvidence.Enrolled, "d1", "sha256:" + Build, "sha256:" + Build, "x86-64-v4"),
        new SamplerPart(42, 256, 0),
        new DecisionPart(Effect.Allow, 1, TreeHasher.Leaf([1]), ["QS-1"], [], []));

    public Func<OutcomeLeaf, Leaf> ChangeOutcome { get; init; } = leaf => leaf;

    public Leaf Outcome => ChangeOutcome(new OutcomeLeaf(
        new LeafOrigin(At, "n1", null), TreeHasher.Leaf(Intent.ToBytes()), Finish.Stop, null, null,
        Commitment.To(PromptSalt, Prompt), Commitment.To(AnswerSalt, Encoding.UTF8.GetBytes(Answer))));

    public Receipt Receipt => new()
    {
        Log = Origin,
        Turn = "t-1",
        Build = Build,
        Seed = 42,
        Intent = TreeHasher.Leaf(Intent.ToBytes()).ToHex(),
        Outcome = TreeHasher.Leaf(Outcome.ToBytes()).ToHex(),
        PromptSalt = Convert.ToHexStringLower(PromptSalt),
        AnswerSalt = Convert.ToHexStringLower(AnswerSalt),
    };

    public LeafProof Proof(bool ofIntent)
    {
        var (intent, outcome) = (TreeHasher.Leaf(Intent.ToBytes()), TreeHasher.Leaf(Outcome.ToBytes()));
        var note = new Checkpoint(CheckpointOrigin, 2, TreeHasher.Node(intent, outcome)).Sign([Signer], At);
        var proof = new TlogProof(null, ofIntent ? 0ul : 1ul, [ofIntent ? outcome : intent], note.ToBytes());
        return new LeafProof((ofIntent ? Intent : Outcome).ToBytes(), proof.ToBytes());
    }

    public ReceiptReport Examine(Receipt? receipt = null, byte[]? prompt = null, params IReadOnlyList<string> answers) => ReceiptExamination.Of(
        receipt ?? Receipt, prompt ?? Prompt, answers is [] ? [Answer] : answers, Trust, (Proof(true), ""), (Proof(false), ""));
}
