using System.Buffers.Binary;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>Timestamped signatures over a checkpoint (C2SP tlog-cosignature): a time in eight bytes, then the signature.</summary>
internal static class Cosignature
{
    private const int TimeLength = sizeof(ulong);

    /// <summary>The time of a cosignature, in seconds since 1970; null if it is too short or not below 2^63.</summary>
    public static ulong? TimeOf(ReadOnlySpan<byte> signature) =>
        signature.Length > TimeLength && BinaryPrimitives.ReadUInt64BigEndian(signature) is var time && time <= long.MaxValue
            ? time
            : null;

    public static byte[] WithTime(ulong time, ReadOnlySpan<byte> signature)
    {
        var bytes = new byte[TimeLength + signature.Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, time);
        signature.CopyTo(bytes.AsSpan(TimeLength));
        return bytes;
    }

    public static bool Verify(VerifierKey key, string noteText, ReadOnlySpan<byte> signature)
    {
        if (TimeOf(signature) is not ulong time)
        {
            return false;
        }

        var rest = signature[TimeLength..];
        return key.Type switch
        {
            SignatureType.Ed25519Cosignature =>
                SignatureSchemes.VerifyEd25519(key.PublicKey, Ed25519Message(time, noteText), rest),
            SignatureType.MlDsa44Cosignature => Checkpoint.TryParse(noteText, out var checkpoint, out _)
                && checkpoint.Origin.Length <= KeyName.MaxBytes
                && SignatureSchemes.VerifyMlDsa44(
                    key.PublicKey.ToArray(), MlDsa44Message(key.Name, time, checkpoint), rest.ToArray()),
            _ => false,
        };
    }

    public static byte[] Ed25519Message(ulong time, string noteText) =>
        Encoding.UTF8.GetBytes($"cosignature/v1\ntime {PlainDecimal.Format(time)}\n{noteText}");

    /// <summary>The tree head alone: extension lines are not signed by this type.</summary>
    public static byte[] MlDsa44Message(string cosigner, ulong time, Checkpoint checkpoint)
    {
        using var message = new MemoryStream();
        message.Write("subtree/v1\n\0"u8);
        WriteShort(message, cosigner);
        WriteNumber(message, time);
        WriteShort(message, checkpoint.Origin);
        WriteNumber(message, 0);
        WriteNumber(message, checkpoint.Size);
        message.Write(checkpoint.Root.AsSpan());
        return message.ToArray();
    }

    private static void WriteShort(MemoryStream message, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        message.WriteByte(checked((byte)bytes.Length));
        message.Write(bytes);
    }

    private static void WriteNumber(MemoryStream message, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        message.Write(bytes);
    }
}
