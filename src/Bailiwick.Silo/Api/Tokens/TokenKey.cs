using Microsoft.IdentityModel.Tokens;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>A public key of an issuer, for one algorithm. The header of a token chooses among keys, never what is done with one.</summary>
/// <param name="Algorithm">One of <see cref="Algorithms"/> (RFC 7518 section 3.1, RFC 8037 section 3.1).</param>
/// <param name="Key">Of the library, or <see cref="Ed25519Key"/>.</param>
internal sealed record TokenKey(string Algorithm, SecurityKey Key)
{
    public const string Rs256 = SecurityAlgorithms.RsaSha256;
    public const string Ps256 = SecurityAlgorithms.RsaSsaPssSha256;
    public const string Es256 = SecurityAlgorithms.EcdsaSha256;
    public const string EdDsa = "EdDSA";

    /// <summary>What can be allowed. No symmetric one: a gateway that could make tokens would be an issuer.</summary>
    public static IReadOnlyList<string> Algorithms { get; } = [Rs256, Ps256, Es256, EdDsa];

    /// <summary>Not cached: providers of keys that were rotated out would stay. Making one costs a few microseconds.</summary>
    private static readonly CryptoProviderFactory Factory = new() { CustomCryptoProvider = new Ed25519Provider(), CacheSignatureProviders = false };

    public bool Verifies(byte[] signed, byte[] signature)
    {
        var provider = Factory.CreateForVerifying(Key, Algorithm);
        try
        {
            return signature.Length > 0 && provider.Verify(signed, signature);
        }
        finally
        {
            Factory.ReleaseSignatureProvider(provider);
        }
    }
}
