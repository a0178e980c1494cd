using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using NSec.Cryptography;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>
/// Keys of one issuer from a JWK set (RFC 7517). Keys for other uses and other algorithms are passed over, as issuers publish all they
/// have; private or shared keys and doubtful sets are refused as a whole.
/// </summary>
internal static class KeySet
{
    /// <summary>Longest file, bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int LeastRsaBits = 2048;
    private const int Ed25519Bytes = 32;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Members that only a private or a shared key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4).</summary>
    private static readonly string[] Secret = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    /// <param name="json">Content of the file.</param>
    /// <param name="algorithms">Allowed for this issuer.</param>
    /// <param name="keys">By `kid`; null where refused.</param>
    /// <param name="fault">A sentence; null where taken.</param>
    public static bool TryRead(
        byte[] json, IReadOnlyList<string> algorithms, [NotNullWhen(true)] out FrozenDictionary<string, TokenKey>? keys,
        [NotNullWhen(false)] out string? fault)
    {
        keys = null;
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            if (document.RootElement.ValueKind is not JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var list)
                || list.ValueKind is not JsonValueKind.Array || list.EnumerateArray().Any(key => key.ValueKind is not JsonValueKind.Object))
            {
                fault = "is no JWK set: an object with a list 'keys' is needed";
                return false;
            }

            var found = new Dictionary<string, TokenKey>(StringComparer.Ordinal);
            fault = list.EnumerateArray().Select(key => Add(key, algorithms, found)).FirstOrDefault(one => one is not null)
                ?? (found.Count == 0 ? $"holds no key for {string.Join(", ", algorithms)}" : null);
            keys = fault is null ? found.ToFrozenDictionary(StringComparer.Ordinal) : null;
            return fault is null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            fault = "is not JSON, or names a member twice";
            return false;
        }
    }

    /// <returns>What is wrong with the set because of this key; null = taken, or passed over.</returns>
    private static string? Add(JsonElement key, IReadOnlyList<string> algorithms, Dictionary<string, TokenKey> found)
    {
        if (Secret.Any(member => key.TryGetProperty(member, out _)))
        {
            return "holds a private or a shared key: only public keys belong there";
        }

        var algorithm = JwsForm.Text(key, "alg") ?? Usual(key);
        if (algorithm is null || !algorithms.Contains(algorithm) || !IsForVerifying(key))
        {
            return null;
        }

        if (JwsForm.Text(key, "kid") is not { Length: > 0 and <= 256 } id)
        {
            return "holds a key without a kid, by which tokens name it";
        }

        return Make(key, algorithm) is not { } made ? $"holds a key that is no usable one for {algorithm} (RSA: at least {LeastRsaBits} bits, not of a maker known to be weak)"
            : !found.TryAdd(id, made) ? "names a kid twice"
            : null;
    }

    /// <summary>What a key of its type is for where it does not say.</summary>
    private static string? Usual(JsonElement key) => JwsForm.Text(key, "kty") switch
    {
        "RSA" => TokenKey.Rs256,
        "EC" when JwsForm.Text(key, "crv") == "P-256" => TokenKey.Es256,
        "OKP" when JwsForm.Text(key, "crv") == "Ed25519" => TokenKey.EdDsa,
        _ => null,
    };

    private static bool IsForVerifying(JsonElement key) =>
        (!key.TryGetProperty("use", out _) || JwsForm.Text(key, "use") == "sig")
        && (!key.TryGetProperty("key_ops", out var acts)
            || (acts.ValueKind is JsonValueKind.Array && acts.EnumerateArray().Any(act => act.ValueKind is JsonValueKind.String && act.ValueEquals("verify"))));

    private static TokenKey? Make(JsonElement key, string algorithm)
    {
        var type = (algorithm, JwsForm.Text(key, "kty"), JwsForm.Text(key, "crv"));
        if (type is (TokenKey.EdDsa, "OKP", "Ed25519"))
        {
            return Bytes(key, "x") is { Length: Ed25519Bytes } point
                && NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, point, KeyBlobFormat.RawPublicKey, out var imported)
                && imported is not null
                ? new TokenKey(algorithm, new Ed25519Key(imported))
                : null;
        }

        if (type is not ((TokenKey.Es256, "EC", "P-256") or (TokenKey.Rs256 or TokenKey.Ps256, "RSA", _)))
        {
            return null;
        }

        // The library's own key from these members alone: what else stands there (certificates, addresses) is not looked at.
        var made = new JsonWebKey { Kty = type.Item2, Crv = type.Item3 };
        (made.X, made.Y, made.N, made.E) = (JwsForm.Text(key, "x"), JwsForm.Text(key, "y"), JwsForm.Text(key, "n"), JwsForm.Text(key, "e"));
        var usable = new TokenKey(algorithm, made);
        return (algorithm == TokenKey.Es256 || (Bytes(key, "n") is { Length: >= LeastRsaBits / 8 } modulus && !WeakRsa.IsRoca(modulus))) && CanVerify(usable)
            ? usable
            : null;
    }

    /// <summary>Whether the library takes the key, said at the start and not by the first token.</summary>
    private static bool CanVerify(TokenKey key)
    {
        try
        {
            _ = key.Verifies([0], [0]);
            return true;
        }
        catch (Exception problem) when (problem is ArgumentException or InvalidOperationException or NotSupportedException or FormatException
            or System.Security.Cryptography.CryptographicException or SecurityTokenException)
        {
            return false;
        }
    }

    private static byte[]? Bytes(JsonElement key, string member)
    {
        try
        {
            return JwsForm.Text(key, member) is { } text ? Base64UrlEncoder.DecodeBytes(text) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
