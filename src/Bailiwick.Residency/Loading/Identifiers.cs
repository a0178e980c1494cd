namespace Bailiwick.Residency.Loading;

/// <summary>The shapes of ids (model.md section 1).</summary>
internal static class Identifiers
{
    public const string Rule = "lower-case letters and digits, parts joined by one dot or hyphen, at most 64 characters";

    private const int MaxLength = 64;

    /// <summary>[a-z0-9]+([.-][a-z0-9]+)*</summary>
    public static bool IsId(string text) => Parts(text, c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c), ".-");

    /// <summary>[A-Z][A-Z0-9]*(-[A-Z0-9]+)*</summary>
    public static bool IsRuleId(string text) =>
        text.Length > 0 && char.IsAsciiLetterUpper(text[0])
        && Parts(text, c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c), "-");

    public static bool IsReserved(string text) => text is "any" or "label";

    private static bool Parts(string text, Func<char, bool> letter, string separators)
    {
        if (text.Length is 0 or > MaxLength || !letter(text[^1]))
        {
            return false;
        }

        var afterLetter = false;
        foreach (var c in text)
        {
            if (letter(c))
            {
                afterLetter = true;
            }
            else if (!afterLetter || !separators.Contains(c, StringComparison.Ordinal))
            {
                return false;
            }
            else
            {
                afterLetter = false;
            }
        }

        return true;
    }
}
