using System.Text;
using System.Text.Json;
using Bailiwick.Silo.Api.Tokens;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>JWK sets that are refused as a whole, each for its reason.</summary>
public sealed class KeySetTests
{
    private const string Good = """{"kty": "EC", "crv": "P-256", "kid": "a", "x": "i3zze3qBAazQh_AY5s5mkvPWmOtrRlAUMB6a_GqeeaI", "y": "3QYLb2sRPJeHguyf_r-c1mdcvYHQaJm4D7gNO3E7OUo"}""";

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("[]", "is no JWK set")]
    [InlineData("""{"keys": {}}""", "is no JWK set")]
    [InlineData("""{"keys": [7]}""", "is no JWK set")]
    [InlineData("""{"keys": []}""", "holds no key for")]
    [InlineData("""{"keys": [], "keys": []}""", "is not JSON, or names a member twice")]
    [InlineData("""{"keys": [{"\ud800": 1, "kty": "EC"}, GOOD]}""", "is not JSON, or names a member twice")]
    [InlineData("""{"keys": [GOOD, GOOD]}""", "names a kid twice")]
    [InlineData("""{"keys": [{"kty": "oct", "kid": "s", "alg": "HS256", "k": "AAAA"}, GOOD]}""", "holds a private or a shared key")]
    [InlineData("""{"keys": [{"kty": "EC", "crv": "P-256", "kid": "p", "x": "AAAA", "y": "AAAA", "d": "AAAA"}]}""", "holds a private or a shared key")]
    [InlineData("""{"keys": [{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}]}""", "holds a key without a kid")]
    [InlineData("""{"keys": [{"kty": "EC", "crv": "P-256", "kid": "b", "x": "AAAA", "y": "AAAA"}]}""", "holds a key that is no usable one for ES256")]
    [InlineData("""{"keys": [{"kty": "RSA", "kid": "b", "n": "AQAB", "e": "AQAB"}]}""", "holds a key that is no usable one for RS256")]
    [InlineData("""{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "b", "x": "AQAB"}]}""", "holds a key that is no usable one for EdDSA")]
    [InlineData("""{"keys": [{"kty": "RSA", "alg": "ES256", "kid": "b", "n": "AQAB", "e": "AQAB"}]}""", "holds a key that is no usable one for ES256")]
    public void Set_WithAFault_IsRefusedWithItsReason(string json, string fault)
    {
        Assert.False(Read(json, out var keys, out var found));
        Assert.Null(keys);
        Assert.StartsWith(fault, found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kty": "EC", "crv": "P-384", "kid": "b", "x": "AAAA", "y": "AAAA"}""")]
    [InlineData("""{"kty": "RSA", "alg": "RSA-OAEP", "kid": "b", "n": "AQAB", "e": "AQAB"}""")]
    [InlineData("""{"kty": "RSA", "use": "enc", "kid": "b", "n": "AQAB", "e": "AQAB"}""")]
    [InlineData("""{"kty": "EC", "crv": "P-256", "key_ops": ["encrypt"], "kid": "b"}""")]
    [InlineData("""{"kty": "new"}""")]
    public void Set_WithKeysForSomethingElse_PassesThemOver(string other)
    {
        Assert.True(Read($$"""{"keys": [{{other}}, GOOD]}""", out var keys, out var fault), fault);
        Assert.Equal(["a"], keys!);
    }

    [Fact]
    public void Set_OfTheVectors_GivesTheThreeSigningKeys()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Repository.Fixture("jose", "jwt.json")));

        Assert.True(Read(document.RootElement.GetProperty("jwks").GetRawText(), out var keys, out _));
        Assert.Equal(["ec-2026", "ed-2026", "rsa-2026"], keys!.Order(StringComparer.Ordinal));
    }

    private static bool Read(string json, out IReadOnlyList<string>? keys, out string? fault)
    {
        var isRead = KeySet.TryRead(
            Encoding.UTF8.GetBytes(json.Replace("GOOD", Good, StringComparison.Ordinal)), [TokenKey.Rs256, TokenKey.Es256, TokenKey.EdDsa], out var found, out fault);
        keys = found is null ? null : [.. found.Keys];
        return isRead;
    }
}
