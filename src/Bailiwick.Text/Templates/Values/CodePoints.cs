namespace Bailiwick.Text.Templates.Values;

/// <summary>Python counts and cuts text by code points, .NET by UTF-16 code units: the translation between the two.</summary>
internal static class CodePoints
{
    public static int Count(string text)
    {
        var count = text.Length;
        foreach (var c in text)
        {
            if (char.IsLowSurrogate(c))
            {
                count--;
            }
        }

        return count;
    }

    /// <summary>Code points before the code unit at <paramref name="offset"/>.</summary>
    public static int Before(string text, int offset) => Count(text[..offset]);

    /// <summary>The code unit where each code point starts, and the end as the last entry; null where both count alike.</summary>
    public static int[]? Offsets(string text)
    {
        var count = Count(text);
        if (count == text.Length)
        {
            return null;
        }

        var offsets = new int[count + 1];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            offsets[i] = at;
            at += at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
        }

        offsets[count] = at;
        return offsets;
    }

    /// <summary>Python's <c>str.isspace</c>: .NET's white space and the four separators U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>The characters at which <c>str.splitlines</c> breaks.</summary>
    public static bool IsLineBreak(char c) =>
        c is '\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029';
}
