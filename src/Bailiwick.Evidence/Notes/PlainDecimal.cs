using System.Globalization;

namespace Bailiwick.Evidence;

/// <summary>The only way in which C2SP formats write a number: ASCII digits, no sign, no leading zero, below 2^63.</summary>
internal static class PlainDecimal
{
    private const int MaxDigits = 19;

    public static bool TryParse(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        return text.Length is > 0 and <= MaxDigits
            && !text.ContainsAnyExceptInRange('0', '9')
            && (text[0] != '0' || text.Length == 1)
            && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value <= long.MaxValue;
    }

    public static string Format(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
