using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;

namespace Bailiwick.Evidence;

/// <summary>
/// A private key held in this process. Text form: PRIVATE+KEY+NAME+ID+base64(type, seed), as the note tools of Go
/// write it. Thread-safe. Dispose it when the process no longer signs.
/// </summary>
public sealed class SigningKey : ICheckpointSigner, INoteSigner, IDisposable
{
    private const string Prefix = "PRIVATE+KEY+";
    private const int MaxText = 1024;

    private readonly byte[] _seed;
    private readonly Key? _ed25519;
    private readonly MLDsaPrivateKeyParameters? _mlDsa44;

    private SigningKey(string name, SignatureType type, byte[] seed)
    {
        _seed = seed;
        if (type == SignatureType.MlDsa44Cosignature)
        {
            _mlDsa44 = SignatureSchemes.ImportMlDsa44(seed);
            Key = VerifierKey.Create(name, type, _mlDsa44.GetPublicKeyEncoded());
        }
        else
        {
            _ed25519 = SignatureSchemes.ImportEd25519(seed);
            Key = VerifierKey.Create(name, type, _ed25519.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        }
    }

    public VerifierKey Key { get; }

    /// <summary>A new key from the operating system's randomness.</summary>
    /// <exception cref="ArgumentException">A name that a key must not have.</exception>
    public static SigningKey Generate(string name, SignatureType type) =>
        FromSeed(name, type, RandomNumberGenerator.GetBytes(SignatureSchemes.SeedLength));

    /// <summary>The key of a 32-byte seed.</summary>
    /// <exception cref="ArgumentException">A bad name, an unknown type, or a seed of another length.</exception>
    public static SigningKey FromSeed(string name, SignatureType type, ReadOnlySpan<byte> seed)
    {
        if (!KeyName.IsValid(name) || !Enum.IsDefined(type) || seed.Length != SignatureSchemes.SeedLength)
        {
            throw new ArgumentException("A signing key has a name without spaces and plus, a known type, and a seed of 32 bytes.");
        }

        return new SigningKey(name, type, seed.ToArray());
    }

    /// <summary>Reads the text form. A refusal never repeats any of it.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out SigningKey? key, [NotNullWhen(false)] out Fault? fault)
    {
        key = null;
        fault = new Fault(FaultCode.SigningKey, "a private key has the form PRIVATE+KEY+NAME+ID+KEY");
        if (text.Length > MaxText
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text[Prefix.Length..].Split('+', 3) is not [var name, var id, var material]
            || !KeyName.IsValid(name)
            || !StrictBase64.TryDecode(material, 1 + SignatureSchemes.SeedLength, out var bytes)
            || bytes.Length != 1 + SignatureSchemes.SeedLength
            || !Enum.IsDefined((SignatureType)bytes[0]))
        {
            return false;
        }

        var parsed = new SigningKey(name, (SignatureType)bytes[0], bytes[1..]);
        if (parsed.Key.IdText != id)
        {
            parsed.Dispose();
            fault = new Fault(FaultCode.SigningKey, "the key id is not that of this name and key");
            return false;
        }

        fault = null;
        key = parsed;
        return true;
    }

    /// <summary>The text form: a secret.</summary>
    public string ToPrivateText() =>
        $"{Prefix}{Key.Name}+{Key.IdText}+{Convert.ToBase64String([(byte)Key.Type, .. _seed])}";

    /// <summary>Signs a head; the time counts for cosignatures, in whole seconds, and is ignored by a log's Ed25519.</summary>
    public NoteSignature Sign(Checkpoint checkpoint, DateTimeOffset time)
    {
        var seconds = checked((ulong)time.ToUnixTimeSeconds());
        return Key.Type switch
        {
            SignatureType.Ed25519 => SignText(checkpoint.ToText()),
            SignatureType.Ed25519Cosignature => Line(Cosignature.WithTime(
                seconds, SignatureSchemes.SignEd25519(_ed25519!, Cosignature.Ed25519Message(seconds, checkpoint.ToText())))),
            _ => Line(Cosignature.WithTime(
                seconds, SignatureSchemes.SignMlDsa44(_mlDsa44!, Cosignature.MlDsa44Message(Key.Name, seconds, checkpoint)))),
        };
    }

    /// <summary>Signs a text that is no checkpoint.</summary>
    /// <exception cref="InvalidOperationException">The key is of a cosignature type.</exception>
    public NoteSignature SignText(string text) => Key.Type == SignatureType.Ed25519
        ? Line(SignatureSchemes.SignEd25519(_ed25519!, Encoding.UTF8.GetBytes(text)))
        : throw new InvalidOperationException($"{Key.Name} signs checkpoints only.");

    public void Dispose()
    {
        _ed25519?.Dispose();
        CryptographicOperations.ZeroMemory(_seed);
    }

    private NoteSignature Line(byte[] signature) => new(Key.Name, Key.KeyId, signature);
}
