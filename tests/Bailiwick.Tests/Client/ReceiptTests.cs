using System.Text;
using Bailiwick.Client;
using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Audit.V1;
using Google.Protobuf;

namespace Bailiwick.Tests.Client;

public sealed class ReceiptTests
{
    private static readonly string Other = new('c', 64);

    [Fact]
    public void Receipt_Genuine_HoldsInEveryPoint()
    {
        var report = new SampleReceipt().Examine();

        Assert.True(report.IsGood, Bad(report));
        Assert.Equal(
            [
                "intent.hash", "intent.proof", "intent.log", "outcome.hash", "outcome.proof", "outcome.log",
                "intent.turn", "intent.build", "intent.seed", "outcome.intent", "outcome.prompt", "outcome.answer",
            ],
            report.Findings.Select(finding => finding.Check));
    }

    [Fact]
    public void Receipt_OfAResumedAnswer_HoldsForItsLastPart() =>
        Assert.True(new SampleReceipt().Examine(null, null, "The whole. " + SampleReceipt.Answer, SampleReceipt.Answer).IsGood);

    [Fact]
    public void Receipt_WithAnotherTurnBuildOrSeed_IsNamed()
    {
        var sample = new SampleReceipt();

        Assert.Equal("intent.turn", Bad(sample.Examine(sample.Receipt with { Turn = "t-2" })));
        Assert.Equal("intent.build", Bad(sample.Examine(sample.Receipt with { Build = Other })));
        Assert.Equal("intent.seed", Bad(sample.Examine(sample.Receipt with { Seed = 43 })));
    }

    [Fact]
    public void Receipt_ForAnotherPromptOrAnswer_IsNamed()
    {
        var sample = new SampleReceipt();

        Assert.Equal("outcome.prompt", Bad(sample.Examine(null, Encoding.UTF8.GetBytes("[]"))));
        Assert.Equal("outcome.answer", Bad(sample.Examine(null, null, "Lyon.")));
        Assert.Equal("outcome.answer", Bad(sample.Examine(sample.Receipt with { AnswerSalt = Other })));
        Assert.Equal("outcome.prompt", Bad(sample.Examine(sample.Receipt with { PromptSalt = "none" })));
    }

    [Fact]
    public void Receipt_OfAnotherLeaf_IsNamed()
    {
        var sample = new SampleReceipt();

        Assert.Contains("intent.hash", Bad(sample.Examine(sample.Receipt with { Intent = Other })), StringComparison.Ordinal);
        Assert.Equal("outcome.hash", Bad(sample.Examine(sample.Receipt with { Outcome = Other })));
        Assert.Equal("outcome.proof", Bad(sample.Examine(sample.Receipt with { Outcome = null })));
        Assert.Equal("intent.log,outcome.log", Bad(sample.Examine(sample.Receipt with { Log = "other.example/log" })));
    }

    [Fact]
    public void Proof_ByAnUntrustedKey_IsNamed()
    {
        using var stranger = SigningKey.Generate(SampleReceipt.Origin, SignatureType.Ed25519);

        Assert.Equal("intent.proof,outcome.proof", Bad(new SampleReceipt { Signer = stranger }.Examine()));
        Assert.Equal("intent.proof,outcome.proof", Bad(new SampleReceipt { CheckpointOrigin = "other.example/log" }.Examine()));
    }

    [Fact]
    public void Proof_OfAnotherPlace_IsNamed()
    {
        var sample = new SampleReceipt();
        var swapped = sample.Proof(true) with { Proof = sample.Proof(false).Proof };

        var report = ReceiptExamination.Of(
            sample.Receipt, SampleReceipt.Prompt, [SampleReceipt.Answer], SampleReceipt.Trust, (swapped, ""), (sample.Proof(false), ""));

        Assert.Equal("intent.proof", Bad(report));
    }

    [Fact]
    public void Proof_Garbled_IsNamedAndNothingThrows()
    {
        var sample = new SampleReceipt();
        var bytes = sample.Proof(true).Proof.ToArray();
        for (var at = 0; at < bytes.Length; at += 3)
        {
            var changed = bytes.ToArray();
            changed[at] ^= 1;
            var report = ReceiptExamination.Of(
                sample.Receipt, SampleReceipt.Prompt, [SampleReceipt.Answer], SampleReceipt.Trust,
                (sample.Proof(true) with { Proof = changed }, ""), (sample.Proof(false), ""));

            Assert.Equal("intent.proof", Bad(report));
        }
    }

    [Fact]
    public void Outcome_OfAnotherIntentOrKind_IsNamed()
    {
        Assert.Equal("outcome.intent", Bad(new SampleReceipt { ChangeOutcome = leaf => leaf with { Intent = TreeHasher.Leaf([9]) } }.Examine()));
        Assert.Equal("outcome.answer", Bad(new SampleReceipt { ChangeOutcome = leaf => leaf with { Answer = null } }.Examine()));
        Assert.Equal("outcome.form", Bad(new SampleReceipt
        {
            ChangeOutcome = leaf => new HeartbeatLeaf(leaf.Origin, 1, 0, null),
        }.Examine()));
    }

    [Fact]
    public async Task Verify_WhileTheLogIsBehind_WaitsAndHolds()
    {
        var sample = new SampleReceipt();
        var behind = 3;
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            Proof = request => behind-- > 0 ? throw Behind(TimeSpan.FromMilliseconds(5)) : Proof(sample, request),
        });
        using var client = new BailiwickClient(ScriptedGateway.Options(gateway.Address));

        var report = await client.VerifyAsync(sample.Receipt, SampleReceipt.Prompt, [SampleReceipt.Answer], SampleReceipt.Trust);

        Assert.True(report.IsGood, Bad(report));
        Assert.True(behind < 0);
    }

    [Fact]
    public async Task Verify_WhereTheLogNeverComes_SaysSoInTime()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script { Proof = _ => throw Behind(TimeSpan.FromMilliseconds(30)) });
        using var client = new BailiwickClient(ScriptedGateway.Options(gateway.Address) with { ProofPatience = TimeSpan.FromMilliseconds(100) });

        var report = await client.VerifyAsync(new SampleReceipt().Receipt, SampleReceipt.Prompt, [SampleReceipt.Answer], SampleReceipt.Trust);

        Assert.Equal("intent.proof,outcome.proof", Bad(report));
        Assert.Contains("No checkpoint covers the intent", report.Findings[0].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OfALeafThatIsNotThere_SaysSo()
    {
        await using var gateway = await ScriptedGateway.StartAsync(new Script
        {
            Proof = _ => throw ScriptedGateway.Refusal(Errors.ModelNotFound, "No such record."),
        });
        using var client = new BailiwickClient(ScriptedGateway.Options(gateway.Address));

        var report = await client.VerifyAsync(new SampleReceipt().Receipt, SampleReceipt.Prompt, [SampleReceipt.Answer], SampleReceipt.Trust);

        Assert.Equal("The log does not hold the intent that the receipt names.", report.Findings[0].Sentence);
    }

    private static Grpc.Core.RpcException Behind(TimeSpan wait) => ScriptedGateway.Refusal(Errors.AuditUnavailable, "Not sequenced yet.", wait);

    private static GetProofResponse Proof(SampleReceipt sample, GetProofRequest request)
    {
        var isIntent = Convert.ToHexStringLower(request.LeafHash.Span) == sample.Receipt.Intent;
        var proof = sample.Proof(isIntent);
        return new GetProofResponse { Leaf = ByteString.CopyFrom(proof.Leaf.Span), Proof = ByteString.CopyFrom(proof.Proof.Span) };
    }

    private static string Bad(ReceiptReport report) =>
        string.Join(',', report.Findings.Where(finding => !finding.Holds).Select(finding => finding.Check));
}
