using System.Globalization;

namespace Bailiwick.Evidence;

/// <summary>A witness's answer: an HTTP status with its body, which the file form uses too.</summary>
/// <param name="Status">200 with cosignature lines; 400, 403, 404, 409, 422 as C2SP tlog-witness lists them.</param>
/// <param name="Body">Cosignature lines; the size of the last head (409); else a sentence.</param>
/// <param name="ContentType">For HTTP.</param>
public sealed record WitnessAnswer(int Status, string Body, string ContentType);

/// <summary>
/// The rules of a witness (C2SP tlog-witness), pure. Order of checks: form 400, origin 404, signature 403, old size
/// above the new 400, old size not ours 409, then 422. The caller keeps the new state before it gives the answer away.
/// </summary>
public static class Witness
{
    private const string Text = "text/plain; charset=utf-8";
    private const string SizeType = "text/x.tlog.size";

    /// <summary>Decides one request; the state comes back changed only with status 200.</summary>
    /// <param name="state">What the witness knows.</param>
    /// <param name="body">The request.</param>
    /// <param name="signers">Keys of the witness, of cosignature types.</param>
    /// <param name="time">Time of the cosignatures.</param>
    public static (WitnessAnswer Answer, WitnessState Next) Exchange(
        WitnessState state, ReadOnlySpan<byte> body, IReadOnlyList<ICheckpointSigner> signers, DateTimeOffset time)
    {
        if (!AddCheckpointRequest.TryParse(body, out var request, out var fault))
        {
            return (Refuse(400, fault), state);
        }

        if (!SignedNote.TryParse(request.Note.Span, out var note, out fault))
        {
            // A malformed signature line is a signature that does not verify; all else is a malformed request.
            return (Refuse(fault.Code == FaultCode.NoteSignatureLine ? 403 : 400, fault), state);
        }

        if (!Checkpoint.TryParse(note.Text, out var checkpoint, out fault) && fault.Code != FaultCode.CheckpointEmptyRoot)
        {
            return (Refuse(400, fault), state);
        }

        var origin = note.Text[..note.Text.IndexOf('\n', StringComparison.Ordinal)];
        var keys = state.KeysOf(origin);
        if (keys.Count == 0)
        {
            return (Refuse(404, new Fault(FaultCode.CheckpointOrigin, "this witness does not watch that log")), state);
        }

        if (!note.TryVerify(keys, out _, out var untrusted))
        {
            return (Refuse(403, untrusted), state);
        }

        // Size 0 under a wrong root: no root but that of the empty tree continues anything, so Advance refuses it in its turn.
        checkpoint ??= new Checkpoint(origin, 0, default);
        return Advance(state, request, checkpoint, signers, time);
    }

    private static (WitnessAnswer, WitnessState) Advance(
        WitnessState state,
        AddCheckpointRequest request,
        Checkpoint checkpoint,
        IReadOnlyList<ICheckpointSigner> signers,
        DateTimeOffset time)
    {
        var head = state.HeadOf(checkpoint.Origin);
        if (request.OldSize > checkpoint.Size)
        {
            return (Refuse(400, new Fault(FaultCode.WitnessRequest, "the old size is above that of the checkpoint")), state);
        }

        if (request.OldSize != head.Size)
        {
            var size = head.Size.ToString(CultureInfo.InvariantCulture) + "\n";
            return (new WitnessAnswer(409, size, SizeType), state);
        }

        if (!Continues(head, request, checkpoint))
        {
            return (Refuse(422, new Fault(FaultCode.Consistency, $"the checkpoint does not continue the tree of {head.Size} leaves")), state);
        }

        var lines = string.Concat(signers.Select(signer => signer.Sign(checkpoint, time).ToLine()));
        var next = state.WithHead(checkpoint.Origin, new WitnessedHead(checkpoint.Size, checkpoint.Root));
        return (new WitnessAnswer(200, lines, Text), next);
    }

    private static bool Continues(WitnessedHead head, AddCheckpointRequest request, Checkpoint checkpoint) =>
        head.Size == 0
            ? request.Proof.Count == 0 && (checkpoint.Size > 0 || checkpoint.Root == TreeHasher.EmptyRoot)
            : ConsistencyProof.Verify(head.Size, checkpoint.Size, head.Root, checkpoint.Root, [.. request.Proof]);

    private static WitnessAnswer Refuse(int status, Fault fault) => new(status, fault + "\n", Text);
}
