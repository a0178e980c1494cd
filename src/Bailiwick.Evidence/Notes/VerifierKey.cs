using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>Signature types of C2SP signed-note that we use. The numbers are on the wire and never change.</summary>
public enum SignatureType
{
    /// <summary>Ed25519 over the text of a note: how a log signs.</summary>
    Ed25519 = 0x01,

    /// <summary>Ed25519 over a time and a checkpoint: how a witness cosigns.</summary>
    Ed25519Cosignature = 0x04,

    /// <summary>ML-DSA-44 (FIPS 204) over a time and a tree head: how logs and witnesses sign against quantum computers.</summary>
    MlDsa44Cosignature = 0x06,
}

/// <summary>What a key of a type may sign.</summary>
public static class SignatureTypes
{
    /// <summary>True if a key of this type can be a log's.</summary>
    public static bool SignsLogs(this SignatureType type) => type is SignatureType.Ed25519 or SignatureType.MlDsa44Cosignature;

    /// <summary>True if a key of this type can be a witness's.</summary>
    public static bool Cosigns(this SignatureType type) => type is SignatureType.Ed25519Cosignature or SignatureType.MlDsa44Cosignature;
}

/// <summary>A public key with its name, as operators pass it around: NAME+ID+KEY (C2SP signed-note, vkey). Immutable.</summary>
public sealed class VerifierKey : IEquatable<VerifierKey>
{
    private const int MaxText = 4096;
    private const int IdDigits = 8;

    private readonly byte[] _publicKey;

    private VerifierKey(string name, SignatureType type, byte[] publicKey)
    {
        (Name, Type, _publicKey) = (name, type, publicKey);
        KeyId = IdOf(name, type, publicKey);
    }

    /// <summary>Whose key: for a log its origin. 1 to 255 bytes of UTF-8 without blanks and plus.</summary>
    public string Name { get; }

    /// <summary>What it signs, and by which algorithm.</summary>
    public SignatureType Type { get; }

    /// <summary>First four bytes of SHA-256(name, newline, type, key): an identifier, not a proof.</summary>
    public uint KeyId { get; }

    /// <summary>32 bytes for Ed25519, 1,312 for ML-DSA-44.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>Makes a key from its parts.</summary>
    /// <exception cref="ArgumentException">A bad name, or a public key of the wrong length.</exception>
    public static VerifierKey Create(string name, SignatureType type, ReadOnlySpan<byte> publicKey)
    {
        if (!KeyName.IsValid(name) || publicKey.Length != KeyLength(type))
        {
            throw new ArgumentException("A key has a name without spaces and plus, and a public key of its type's length.");
        }

        return new VerifierKey(name, type, publicKey.ToArray());
    }

    /// <summary>Reads the text form; the id must be the one that name, type and key give.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out VerifierKey? key, [NotNullWhen(false)] out Fault? fault)
    {
        key = null;
        fault = null;
        if (text.Length > MaxText || text.Split('+', 3) is not [var name, var id, var material] || !KeyName.IsValid(name))
        {
            fault = new Fault(FaultCode.VerifierKey, "a verifier key has the form NAME+ID+KEY");
            return false;
        }

        if (!StrictBase64.TryDecode(material, MaxText, out var bytes) || bytes.Length == 0)
        {
            fault = new Fault(FaultCode.VerifierKey, "the key of a verifier key is base64");
            return false;
        }

        var type = (SignatureType)bytes[0];
        if (KeyLength(type) is not int length || bytes.Length != 1 + length)
        {
            fault = new Fault(FaultCode.VerifierKey, $"unknown key type {bytes[0]} or wrong length of the key");
            return false;
        }

        var parsed = new VerifierKey(name, type, bytes[1..]);
        if (id != parsed.IdText)
        {
            fault = new Fault(FaultCode.VerifierKey, "the key id is not that of this name and key");
            return false;
        }

        key = parsed;
        return true;
    }

    /// <summary>True if <paramref name="signature"/> (what follows the key id) is this key's over the text of a note.</summary>
    public bool Verify(string noteText, ReadOnlySpan<byte> signature) => Type == SignatureType.Ed25519
        ? SignatureSchemes.VerifyEd25519(_publicKey, Encoding.UTF8.GetBytes(noteText), signature)
        : Cosignature.Verify(this, noteText, signature);

    public bool Equals(VerifierKey? other) =>
        other is not null && Name == other.Name && Type == other.Type && PublicKey.SequenceEqual(other.PublicKey);

    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    public override int GetHashCode() => HashCode.Combine(Name, KeyId);

    public override string ToString() =>
        $"{Name}+{IdText}+{Convert.ToBase64String([(byte)Type, .. _publicKey])}";

    internal string IdText => KeyId.ToString($"x{IdDigits}", CultureInfo.InvariantCulture);

    private static int? KeyLength(SignatureType type) => type switch
    {
        SignatureType.Ed25519 or SignatureType.Ed25519Cosignature => SignatureSchemes.Ed25519KeyLength,
        SignatureType.MlDsa44Cosignature => SignatureSchemes.MlDsa44KeyLength,
        _ => null,
    };

    private static uint IdOf(string name, SignatureType type, ReadOnlySpan<byte> publicKey) =>
        BinaryPrimitives.ReadUInt32BigEndian(
            SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)type, .. publicKey]));
}
