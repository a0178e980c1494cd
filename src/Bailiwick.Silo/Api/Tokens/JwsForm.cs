using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Silo.Api.Tokens;

/// <summary>
/// A compact JWS (RFC 7515 section 7.1) taken apart, strictly: what two readers could read differently is refused, so the bytes whose
/// signature is checked are the bytes that are read. Nothing in a header is followed.
/// </summary>
/// <param name="Algorithm">`alg`, one that any issuer may use.</param>
/// <param name="KeyId">`kid`.</param>
/// <param name="Payload">Bytes of the second part.</param>
/// <param name="Signed">What the signature is over: ASCII of the first two parts.</param>
/// <param name="Signature">Bytes of the third part.</param>
internal sealed record JwsForm(string Algorithm, string KeyId, byte[] Payload, byte[] Signed, byte[] Signature)
{
    /// <summary>Longest token, characters.</summary>
    public const int MaxCharacters = 8192;

    private const int MaxDepth = 16;

    private static readonly string[] Types = ["jwt", "at+jwt", "application/at+jwt"];

    /// <summary>How header and claims are read: no member twice, no comments, not deep.</summary>
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <param name="text">As it stood in the Authorization header.</param>
    /// <param name="form">Null where refused.</param>
    public static TokenFault Read(string text, out JwsForm? form)
    {
        form = null;
        if (text.Length > MaxCharacters)
        {
            return TokenFault.TooLarge;
        }

        if (text.Split('.') is not [var header, var payload, var signature])
        {
            return TokenFault.Form;
        }

        if (!TryDecode(header, out var head) || !TryDecode(payload, out var body) || !TryDecode(signature, out var seal))
        {
            return TokenFault.Encoding;
        }

        if (!TryParse(head, out var document))
        {
            return TokenFault.Header;
        }

        using (document)
        {
            var fault = ReadHeader(document.RootElement, out var algorithm, out var key);
            form = fault is TokenFault.None
                ? new JwsForm(algorithm, key, body, Encoding.ASCII.GetBytes(text, 0, header.Length + 1 + payload.Length), seal)
                : null;
            return fault;
        }
    }

    /// <summary>A JSON object and nothing before or behind it, whose members have names.</summary>
    public static bool TryParse(byte[] json, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        try
        {
            document = JsonDocument.Parse(json, Strict);
            // A name that is no text (half of a surrogate pair) throws wherever it is compared: here, once.
            if (document.RootElement.ValueKind is JsonValueKind.Object && document.RootElement.EnumerateObject().All(member => member.Name is not null))
            {
                return true;
            }
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // Not JSON, or not text; what is wrong with it may repeat it.
        }

        document?.Dispose();
        document = null;
        return false;
    }

    /// <summary>A member that is text; null where it is absent, something else, or no text at all (half of a surrogate pair).</summary>
    public static string? Text(JsonElement element, string name)
    {
        try
        {
            return element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static TokenFault ReadHeader(JsonElement header, out string algorithm, out string key)
    {
        (algorithm, key) = (Text(header, "alg") ?? "", Text(header, "kid") ?? "");
        if (!TokenKey.Algorithms.Contains(algorithm))
        {
            return TokenFault.Algorithm;
        }

        if (HasAny(header, "crit", "b64", "zip"))
        {
            return TokenFault.Critical;
        }

        if (HasAny(header, "jwk", "jku", "x5c", "x5u"))
        {
            return TokenFault.KeyInHeader;
        }

        if (HasAny(header, "cty"))
        {
            return TokenFault.Nested;
        }

        if (HasAny(header, "typ") && !Types.Contains(Text(header, "typ"), StringComparer.OrdinalIgnoreCase))
        {
            return TokenFault.Type;
        }

        return key.Length == 0 ? TokenFault.UnknownKey : TokenFault.None;
    }

    private static bool HasAny(JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (element.TryGetProperty(name, out _))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Decodes, and encodes again: of all texts that give these bytes only one is taken.</summary>
    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var length) is not OperationStatus.Done)
        {
            return false;
        }

        bytes = bytes[..length];
        return Base64Url.EncodeToString(bytes) == text;
    }
}
