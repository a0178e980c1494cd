using System.Globalization;
using System.Text;

namespace Bailiwick.Text.Templates.Values;

/// <summary>Python's <c>isupper</c>, <c>isdigit</c> and their kin: whether all characters are of a kind, and at least one is.</summary>
internal static class CharacterClasses
{
    public static bool IsAllSpace(string text) => All(text, rune => rune.IsBmp && CodePoints.IsSpace((char)rune.Value));

    public static bool IsAllLetters(string text) => All(text, Rune.IsLetter);

    public static bool IsAllDecimal(string text) => All(text, rune => Decimal(rune) >= 0);

    public static bool IsAllDigits(string text) => All(text, rune => Digit(rune) >= 0);

    public static bool IsAllNumeric(string text) => All(text, rune => Rune.GetNumericValue(rune) != -1);

    public static bool IsAllLettersOrNumbers(string text) => All(text, rune => Rune.IsLetter(rune) || Rune.GetNumericValue(rune) != -1);

    /// <summary>Every cased character has the case, and there is one.</summary>
    public static bool IsAllCase(string text, bool upper)
    {
        var cased = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (UnicodeCase.IsCased(rune))
            {
                cased = true;
                if (upper ? !Rune.IsUpper(rune) : !Rune.IsLower(rune))
                {
                    return false;
                }
            }
        }

        return cased;
    }

    private static bool All(string text, Func<Rune, bool> holds)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (!holds(rune))
            {
                return false;
            }
        }

        return text.Length > 0;
    }

    private static int Decimal(Rune rune) => CharUnicodeInfo.GetDecimalDigitValue(rune.ToString(), 0);

    private static int Digit(Rune rune) => CharUnicodeInfo.GetDigitValue(rune.ToString(), 0);
}
