using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>
/// What a log sends a witness (C2SP tlog-witness, add-checkpoint): the size that the witness has, a consistency proof
/// from there, a checkpoint. As a file it serves air gaps: `cat consistency checkpoint` of a pack is such a request.
/// </summary>
public sealed record AddCheckpointRequest(ulong OldSize, IReadOnlyList<TreeHash> Proof, ReadOnlyMemory<byte> Note)
{
    /// <summary>Most proof lines.</summary>
    public const int MaxProof = 63;

    /// <summary>Largest request taken, in bytes.</summary>
    public const int MaxBytes = SignedNote.MaxBytes + 4096;

    private const string OldSizeWord = "old ";

    /// <summary>Reads the form, not the checkpoint in it.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out AddCheckpointRequest? request, [NotNullWhen(false)] out Fault? fault)
    {
        request = null;
        if (bytes.Length > MaxBytes)
        {
            fault = new Fault(FaultCode.TooLarge, $"a request of more than {MaxBytes} bytes");
            return false;
        }

        var lines = new LineReader(bytes);
        lines.TryNext(out var line);
        if (!line.StartsWith(OldSizeWord, StringComparison.Ordinal)
            || !PlainDecimal.TryParse(line.AsSpan(OldSizeWord.Length), out var oldSize))
        {
            fault = new Fault(FaultCode.WitnessRequest, "the first line is not `old` with a plain decimal number", "line 1");
            return false;
        }

        if (!lines.TryReadHashes(MaxProof, out var proof, out fault))
        {
            return false;
        }

        request = new AddCheckpointRequest(oldSize, proof, bytes[lines.Position..].ToArray());
        return true;
    }

    /// <summary>The form that a witness reads.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder(OldSizeWord).Append(PlainDecimal.Format(OldSize)).Append('\n');
        foreach (var hash in Proof)
        {
            text.Append(hash.ToBase64()).Append('\n');
        }

        return [.. Encoding.ASCII.GetBytes(text.Append('\n').ToString()), .. Note.Span];
    }
}
