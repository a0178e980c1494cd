using System.Text;
using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

[Trait("Category", "Vectors")]
public sealed class WitnessVectorTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Exchange_EveryStepInOrder_GetsItsStatusAndKeepsItsSize()
    {
        var exchange = VectorFile.Fixture("add-checkpoint.json");
        using var key = SampleLog.Signer("witness.example/w1", SignatureType.Ed25519Cosignature);
        var state = WitnessState.Empty.WithKey(SampleLog.Key(exchange.Text("log_vkey")));
        var steps = exchange.Items("steps").ToList();
        foreach (var step in steps)
        {
            Assert.Equal(step.Number("witness_size_before"), state.HeadOf(SampleLog.Origin).Size);
            var body = Encoding.UTF8.GetBytes(step.Text("body"));
            (var answer, state) = Witness.Exchange(state, body, [key], Now);
            Assert.True((int)step.Number("status") == answer.Status, $"step {step.Number("step")}: {answer}");
            Assert.Equal(step.Number("witness_size_after"), state.HeadOf(SampleLog.Origin).Size);
            if (step.TryGetProperty("response_body", out var expected))
            {
                Assert.Equal((expected.GetString(), step.Text("content_type")), (answer.Body, answer.ContentType));
            }

            if (answer.Status == 200)
            {
                AssertCosigned(body, answer.Body, key.Key);
            }

            // The state survives its file form after each step.
            Assert.True(WitnessState.TryParse(state.ToBytes(), out var again, out _));
            Assert.Equal(state.ToBytes(), again.ToBytes());
            state = again;
        }

        Assert.Equal(29, steps.Count);
    }

    [VectorsFact]
    public void PublicExchange_EveryRequest_GetsItsStatus()
    {
        var exchange = VectorFile.Public("merkle", "witness-exchange.json");
        using var key = SampleLog.Signer("witness.example/w1", SignatureType.Ed25519Cosignature);
        var state = WitnessState.Empty.WithKey(SampleLog.Key(exchange.Text("log_vkey")));
        foreach (var request in exchange.Items("exchange"))
        {
            (var answer, state) = Witness.Exchange(state, Encoding.UTF8.GetBytes(request.Text("body")), [key], Now);

            // That witness says 403 for a log that it does not know; C2SP says 404, and so do we.
            var isUnknown = request.Text("assert_body").Contains("unknown log", StringComparison.Ordinal);
            Assert.True((isUnknown ? 404 : (int)request.Number("status")) == answer.Status, answer.ToString());
            if (answer.Status == 409)
            {
                Assert.Equal(request.Text("assert_body"), $"== \"{answer.Body.Replace("\n", "\\n", StringComparison.Ordinal)}\"");
            }
        }
    }

    private static void AssertCosigned(byte[] body, string lines, VerifierKey witness)
    {
        Assert.True(AddCheckpointRequest.TryParse(body, out var request, out _));
        byte[] cosigned = [.. request.Note.Span, .. Encoding.UTF8.GetBytes(lines)];
        Assert.True(SignedNote.TryParse(cosigned, out var note, out _));
        Assert.True(note.TryVerify([witness], out var signatures, out var fault), fault?.ToString());
        Assert.Equal(Now, signatures.Single().Time);
    }
}
