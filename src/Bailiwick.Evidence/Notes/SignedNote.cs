using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Bailiwick.Evidence;

/// <summary>One signature line of a note.</summary>
/// <param name="Name">Name of the key.</param>
/// <param name="KeyId">Id of the key.</param>
/// <param name="Bytes">What follows the id.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Bytes)
{
    private const int IdLength = sizeof(uint);
    private const int MaxBytes = 8192;
    internal const string Mark = "\u2014 ";

    /// <summary>The line with its newline.</summary>
    public string ToLine()
    {
        var bytes = new byte[IdLength + Bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Bytes.Span.CopyTo(bytes.AsSpan(IdLength));
        return $"{Mark}{Name} {Convert.ToBase64String(bytes)}\n";
    }

    internal static bool TryParse(string line, [NotNullWhen(true)] out NoteSignature? signature)
    {
        signature = null;
        if (!line.StartsWith(Mark, StringComparison.Ordinal)
            || line[Mark.Length..].Split(' ') is not [var name, var text]
            || !KeyName.IsValid(name)
            || !StrictBase64.TryDecode(text, MaxBytes, out var bytes)
            || bytes.Length <= IdLength)
        {
            return false;
        }

        signature = new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(IdLength));
        return true;
    }
}

/// <summary>A signature that was checked. <paramref name="Time"/> is when a cosignature was made (UTC); null for other types.</summary>
public sealed record VerifiedSignature(VerifierKey Key, DateTimeOffset? Time);

/// <summary>A text with signatures (C2SP signed-note). Nothing in it may be believed before <see cref="TryVerify"/>.</summary>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>Largest note taken, in bytes: room for a hundred ML-DSA lines.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>Most signature lines taken (C2SP asks for 16 at least).</summary>
    public const int MaxSignatures = 100;

    /// <summary>Reads a note: its form only.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedNote? note, [NotNullWhen(false)] out Fault? fault)
    {
        note = null;
        fault = CheckBytes(bytes);
        if (fault is not null)
        {
            return false;
        }

        var all = Encoding.UTF8.GetString(bytes);
        var blank = all.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (blank < 0 || blank + 2 == all.Length || all[^1] != '\n')
        {
            fault = new Fault(FaultCode.NoteFraming, "a signed note is a text, an empty line and signature lines, each ended by a newline");
            return false;
        }

        var lines = all[(blank + 2)..^1].Split('\n');
        if (lines.Length > MaxSignatures)
        {
            fault = new Fault(FaultCode.NoteSignatureCount, $"more than {MaxSignatures} signature lines");
            return false;
        }

        var signatures = new List<NoteSignature>(lines.Length);
        foreach (var line in lines)
        {
            if (!NoteSignature.TryParse(line, out var signature))
            {
                fault = new Fault(FaultCode.NoteSignatureLine, $"malformed signature line {signatures.Count + 1}");
                return false;
            }

            signatures.Add(signature);
        }

        note = new SignedNote(all[..(blank + 1)], signatures);
        return true;
    }

    /// <summary>
    /// Checks every signature of a known key: one that fails refuses the note, unknown keys are ignored, at least one
    /// must be known. Repeated lines count once.
    /// </summary>
    public bool TryVerify(
        IReadOnlyCollection<VerifierKey> known,
        [NotNullWhen(true)] out IReadOnlyList<VerifiedSignature>? verified,
        [NotNullWhen(false)] out Fault? fault)
    {
        verified = null;
        fault = null;
        var found = new Dictionary<VerifierKey, VerifiedSignature>();
        foreach (var signature in Signatures)
        {
            foreach (var key in known.Where(key => key.KeyId == signature.KeyId && key.Name == signature.Name))
            {
                if (!key.Verify(Text, signature.Bytes.Span))
                {
                    fault = new Fault(FaultCode.SignatureInvalid, $"invalid signature for {key.Name}");
                    return false;
                }

                found.TryAdd(key, new VerifiedSignature(key, TimeOf(key, signature)));
            }
        }

        if (found.Count == 0)
        {
            fault = new Fault(FaultCode.SignatureMissing, "no signature of a known key");
            return false;
        }

        verified = [.. found.Values];
        return true;
    }

    /// <summary>The note as bytes.</summary>
    public byte[] ToBytes() =>
        Encoding.UTF8.GetBytes(Text + "\n" + string.Concat(Signatures.Select(signature => signature.ToLine())));

    private static Fault? CheckBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
        {
            return new Fault(FaultCode.TooLarge, $"a note of more than {MaxBytes} bytes");
        }

        foreach (var value in bytes)
        {
            if (value < ' ' && value != '\n')
            {
                return new Fault(FaultCode.NoteCharacter, "a control character in a signed note");
            }
        }

        return Utf8.IsValid(bytes) ? null : new Fault(FaultCode.NoteCharacter, "a signed note that is not UTF-8");
    }

    private static DateTimeOffset? TimeOf(VerifierKey key, NoteSignature signature) =>
        key.Type != SignatureType.Ed25519
        && Cosignature.TimeOf(signature.Bytes.Span) is ulong seconds
        && seconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
}
