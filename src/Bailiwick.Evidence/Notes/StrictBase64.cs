using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Bailiwick.Evidence;

/// <summary>
/// Base64 of RFC 4648 section 4 with one spelling for each value: no blanks, padding required, no bits after the end.
/// The reader of the platform takes several spellings, and a second spelling is a changed file that still verifies.
/// </summary>
internal static class StrictBase64
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>Decodes at most <paramref name="maxBytes"/> bytes.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, int maxBytes, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length % 4 != 0 || text.Length / 4 * 3 > maxBytes + 2 || text.ContainsAnyExcept(Alphabet))
        {
            return false;
        }

        var buffer = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64Chars(text, buffer, out var written) || written > maxBytes)
        {
            return false;
        }

        bytes = buffer[..written];
        return Convert.ToBase64String(bytes).AsSpan().SequenceEqual(text);
    }
}
