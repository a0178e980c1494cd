using System.Security.Cryptography;

namespace Bailiwick.Evidence;

/// <summary>
/// A salted commitment to a prompt or an answer: HMAC-SHA-256 with the salt as key. The leaf holds the commitment, the
/// caller gets the salt with the receipt; so the log alone tells nothing about the text, not even that two texts are
/// equal, and who has text and salt can show which text it was. By hand:
/// <c>openssl dgst -sha256 -mac HMAC -macopt hexkey:SALT FILE</c>.
/// </summary>
public static class Commitment
{
    /// <summary>Bytes of a salt. A fixed length: keys of other lengths could be padded to equal ones.</summary>
    public const int SaltLength = 32;

    /// <summary>A new salt from the operating system's randomness: one for each text.</summary>
    public static byte[] NewSalt() => RandomNumberGenerator.GetBytes(SaltLength);

    /// <summary>The commitment to some bytes (UTF-8 of a text).</summary>
    /// <exception cref="ArgumentException">A salt of another length.</exception>
    public static TreeHash To(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> content)
    {
        if (salt.Length != SaltLength)
        {
            throw new ArgumentException($"A salt has {SaltLength} bytes.", nameof(salt));
        }

        TreeHash commitment = default;
        HMACSHA256.HashData(salt, content, commitment);
        return commitment;
    }

    /// <summary>True if salt and content are those of the commitment.</summary>
    public static bool Opens(in TreeHash commitment, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> content) =>
        salt.Length == SaltLength && CryptographicOperations.FixedTimeEquals(To(salt, content).AsSpan(), commitment.AsSpan());
}
