using NSec.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Bailiwick.Evidence;

/// <summary>The two signature algorithms, and the only place that touches the libraries behind them.</summary>
internal static class SignatureSchemes
{
    public const int Ed25519KeyLength = 32;
    public const int Ed25519SignatureLength = 64;
    public const int MlDsa44KeyLength = 1312;
    public const int MlDsa44SignatureLength = 2420;

    /// <summary>Both private keys are kept as 32-byte seeds (RFC 8032; FIPS 204, algorithm 6).</summary>
    public const int SeedLength = 32;

    private static readonly SignatureAlgorithm Ed25519 = SignatureAlgorithm.Ed25519;

    public static bool VerifyEd25519(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == Ed25519SignatureLength
        && PublicKey.TryImport(Ed25519, publicKey, KeyBlobFormat.RawPublicKey, out var key)
        && Ed25519.Verify(key!, message, signature);

    public static bool VerifyMlDsa44(byte[] publicKey, byte[] message, byte[] signature)
    {
        if (signature.Length != MlDsa44SignatureLength)
        {
            return false;
        }

        var verifier = new MLDsaSigner(MLDsaParameters.ml_dsa_44, deterministic: false);
        verifier.Init(forSigning: false, MLDsaPublicKeyParameters.FromEncoding(MLDsaParameters.ml_dsa_44, publicKey));
        verifier.BlockUpdate(message, 0, message.Length);
        return verifier.VerifySignature(signature);
    }

    public static Key ImportEd25519(ReadOnlySpan<byte> seed) => Key.Import(Ed25519, seed, KeyBlobFormat.RawPrivateKey);

    public static byte[] SignEd25519(Key key, ReadOnlySpan<byte> message) => Ed25519.Sign(key, message);

    public static MLDsaPrivateKeyParameters ImportMlDsa44(byte[] seed) =>
        MLDsaPrivateKeyParameters.FromSeed(MLDsaParameters.ml_dsa_44, seed);

    public static byte[] SignMlDsa44(MLDsaPrivateKeyParameters key, byte[] message)
    {
        var signer = new MLDsaSigner(MLDsaParameters.ml_dsa_44, deterministic: false);
        signer.Init(forSigning: true, key);
        signer.BlockUpdate(message, 0, message.Length);
        return signer.GenerateSignature();
    }
}
