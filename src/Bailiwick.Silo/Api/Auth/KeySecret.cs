using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>
/// The text that a caller sends: `bwk_`, 16 hex digits of the key's id, `_`, 32 random bytes in base64url. The prefix lets scanners
/// find a leaked key; the id lets a look-up compare with one hash only. 256 random bits need no slow hash.
/// </summary>
internal static class KeySecret
{
    public const int SecretBytes = 32;
    public const int IdBytes = 8;
    public const string IdPrefix = "k-";

    private const string Prefix = "bwk_";
    private const int IdDigits = 2 * IdBytes;
    private const int SecretCharacters = 43;
    private const int Length = 4 + IdDigits + 1 + SecretCharacters;

    public static string Format(ulong id, ReadOnlySpan<byte> secret) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{id:x16}_{Base64Url.EncodeToString(secret)}");

    public static string IdText(ulong id) => string.Create(CultureInfo.InvariantCulture, $"{IdPrefix}{id:x16}");

    /// <summary>Reads `k-` and 16 lower-case hex digits.</summary>
    public static bool TryParseId(string? text, out ulong id)
    {
        id = 0;
        return text?.Length == IdPrefix.Length + IdDigits && text.StartsWith(IdPrefix, StringComparison.Ordinal)
            && TryParseDigits(text.AsSpan(IdPrefix.Length), out id);
    }

    /// <summary>Takes a secret's text apart; allocates nothing.</summary>
    /// <param name="text">As a caller sent it.</param>
    /// <param name="id">Of the key that it claims to be.</param>
    /// <param name="hash">32 bytes: gets the SHA-256 of the secret part.</param>
    public static bool TryRead(ReadOnlySpan<char> text, out ulong id, Span<byte> hash)
    {
        id = 0;
        if (text.Length != Length || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdDigits] != '_'
            || !TryParseDigits(text.Slice(Prefix.Length, IdDigits), out id))
        {
            return false;
        }

        Span<byte> secret = stackalloc byte[SecretBytes];
        var encoded = text[(Prefix.Length + IdDigits + 1)..];
        if (!Base64Url.IsValid(encoded, out var decodedLength) || decodedLength != SecretBytes)
        {
            return false;
        }

        Base64Url.DecodeFromChars(encoded, secret);
        SHA256.HashData(secret, hash);
        CryptographicOperations.ZeroMemory(secret);
        return true;
    }

    private static bool TryParseDigits(ReadOnlySpan<char> digits, out ulong id)
    {
        id = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigitLower(digit))
            {
                return false;
            }
        }

        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }
}
