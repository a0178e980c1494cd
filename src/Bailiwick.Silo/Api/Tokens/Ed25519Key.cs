using Microsoft.IdentityModel.Tokens;
using NSec.Cryptography;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>Ed25519 for the library, which has none of its own (RFC 8032; RFC 8037 names it EdDSA).</summary>
internal sealed class Ed25519Key(NSec.Cryptography.PublicKey key) : AsymmetricSecurityKey
{
    public NSec.Cryptography.PublicKey Public { get; } = key;

    public override int KeySize => 256;

    public override PrivateKeyStatus PrivateKeyStatus => PrivateKeyStatus.DoesNotExist;

    [Obsolete("Of the base class: PrivateKeyStatus says it.")]
    public override bool HasPrivateKey => false;
}

/// <summary>Gives the library a verifier for <see cref="Ed25519Key"/> and nothing else.</summary>
internal sealed class Ed25519Provider : ICryptoProvider
{
    public bool IsSupportedAlgorithm(string algorithm, params object[] args) =>
        algorithm == TokenKey.EdDsa && args is [Ed25519Key, ..];

    public object Create(string algorithm, params object[] args) => new Verifier((Ed25519Key)args[0]);

    public void Release(object cryptoInstance) => (cryptoInstance as IDisposable)?.Dispose();

    private sealed class Verifier(Ed25519Key key) : SignatureProvider(key, TokenKey.EdDsa)
    {
        public override bool Verify(byte[] input, byte[] signature) => SignatureAlgorithm.Ed25519.Verify(key.Public, input, signature);

        public override bool Verify(byte[] input, int inputOffset, int inputLength, byte[] signature, int signatureOffset, int signatureLength) =>
            SignatureAlgorithm.Ed25519.Verify(
                key.Public, input.AsSpan(inputOffset, inputLength), signature.AsSpan(signatureOffset, signatureLength));

        public override byte[] Sign(byte[] input) => throw new NotSupportedException("A gateway verifies tokens and makes none.");

        protected override void Dispose(bool disposing)
        {
            // Holds nothing of its own.
        }
    }
}
