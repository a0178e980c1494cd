using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>
/// A proof that stands alone (C2SP tlog-proof): index, path and a signed checkpoint. It needs no server and no
/// network; the verifier brings the leaf and a policy.
/// </summary>
/// <param name="Extra">Opaque and not authenticated; null if the file has no such line.</param>
/// <param name="Index">Place of the leaf.</param>
/// <param name="Path">Hashes from the leaf upwards, at most 63.</param>
/// <param name="Note">The checkpoint with its signatures, verbatim.</param>
public sealed record TlogProof(
    ReadOnlyMemory<byte>? Extra, ulong Index, IReadOnlyList<TreeHash> Path, ReadOnlyMemory<byte> Note)
{
    /// <summary>Most hashes of a path: a tree has fewer than 2^63 leaves.</summary>
    public const int MaxPath = 63;

    /// <summary>Most bytes of extra data taken.</summary>
    public const int MaxExtra = 64 * 1024;

    /// <summary>Largest file taken.</summary>
    public const int MaxBytes = SignedNote.MaxBytes + (2 * MaxExtra);

    private const string Version = "c2sp.org/tlog-proof@v1";

    /// <summary>Reads the text: its form only.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TlogProof? proof, [NotNullWhen(false)] out Fault? fault)
    {
        proof = null;
        if (bytes.Length > MaxBytes)
        {
            fault = new Fault(FaultCode.TooLarge, $"a proof of more than {MaxBytes} bytes");
            return false;
        }

        var lines = new LineReader(bytes);
        if (!lines.TryNext(out var line) || line != Version)
        {
            fault = new Fault(FaultCode.ProofVersion, $"the version line is not {Version}", "line 1");
            return false;
        }

        byte[]? extra = null;
        lines.TryNext(out line);
        if (line.StartsWith("extra ", StringComparison.Ordinal))
        {
            if (!StrictBase64.TryDecode(line.AsSpan("extra ".Length), MaxExtra, out extra))
            {
                fault = new Fault(FaultCode.Base64, "the extra data is not base64, or too long", "line 2");
                return false;
            }

            lines.TryNext(out line);
        }

        if (!line.StartsWith("index ", StringComparison.Ordinal)
            || !PlainDecimal.TryParse(line.AsSpan("index ".Length), out var index))
        {
            fault = new Fault(FaultCode.ProofIndex, "the index line is not `index` with a plain decimal number", $"line {lines.Number}");
            return false;
        }

        if (!lines.TryReadHashes(MaxPath, out var path, out fault))
        {
            return false;
        }

        proof = new TlogProof(extra is null ? default(ReadOnlyMemory<byte>?) : extra, index, path, bytes[lines.Position..].ToArray());
        return true;
    }

    /// <summary>Null if the leaf is in the log at the index, by a checkpoint that the policy accepts.</summary>
    public Fault? Verify(in TreeHash leafHash, TrustPolicy policy, out TrustedCheckpoint? trusted)
    {
        if (!policy.TryOpen(Note.Span, out trusted, out var fault))
        {
            return fault;
        }

        return InclusionProof.Verify(Index, trusted.Checkpoint.Size, leafHash, Path.ToArray(), trusted.Checkpoint.Root)
            ? null
            : new Fault(FaultCode.Inclusion, $"this leaf is not at index {Index} of the signed tree of {trusted.Checkpoint.Size}");
    }

    /// <summary>The text form.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder(Version).Append('\n');
        if (Extra is { } extra)
        {
            text.Append("extra ").Append(Convert.ToBase64String(extra.Span)).Append('\n');
        }

        text.Append("index ").Append(PlainDecimal.Format(Index)).Append('\n');
        foreach (var hash in Path)
        {
            text.Append(hash.ToBase64()).Append('\n');
        }

        return [.. Encoding.UTF8.GetBytes(text.Append('\n').ToString()), .. Note.Span];
    }
}
