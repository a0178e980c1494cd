using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Bailiwick.Silo.Api.Auth;

/// <summary>
/// Names of subjects in records: HMAC-SHA256 under the site's key over tenant and subject, cut to 128 bits. Stable over tokens, renewed
/// certificates and gateways; without the key nobody finds the subject by trying names, and two tenants' names of one person differ.
/// </summary>
internal sealed class Pseudonyms(byte[] key)
{
    /// <summary>Of a token's subject.</summary>
    public const string TokenPrefix = "u-";

    /// <summary>Of a client certificate.</summary>
    public const string CertificatePrefix = "c-";

    private const int KeyBytes = 32;
    private const int NameBytes = 16;

    /// <param name="prefix"><see cref="TokenPrefix"/> or <see cref="CertificatePrefix"/>; also parts the two kinds.</param>
    /// <param name="tenant">Of the caller.</param>
    /// <param name="authority">Who named the subject.</param>
    /// <param name="subject">As it was named.</param>
    public string Of(string prefix, string tenant, string authority, string subject)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> length = stackalloc byte[sizeof(int)];
        // Lengths first: no two lists of texts give the same bytes.
        foreach (var text in new[] { prefix, tenant, authority, subject })
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return prefix + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, NameBytes));
    }

    /// <summary>Whether a text can be a pseudonym.</summary>
    public static bool IsOne(string text) =>
        (text.StartsWith(TokenPrefix, StringComparison.Ordinal) || text.StartsWith(CertificatePrefix, StringComparison.Ordinal))
        && text.Length == TokenPrefix.Length + (2 * NameBytes) && text[TokenPrefix.Length..].All(char.IsAsciiHexDigitLower);

    /// <summary>A key file's content: 64 hex digits, as `bailiwick keys pseudonym` writes them.</summary>
    public static bool TryReadKey(byte[] content, [NotNullWhen(true)] out byte[]? key)
    {
        var digits = Encoding.ASCII.GetString(content).Trim();
        key = digits.Length == 2 * KeyBytes && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
        return key is not null;
    }
}
