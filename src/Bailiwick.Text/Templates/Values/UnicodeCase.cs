using System.Globalization;
using System.Text;
using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>Python's case methods: full Unicode mappings, each result with the origin of the character it comes from.</summary>
internal static class UnicodeCase
{
    public static TextValue Upper(OriginText text, Budget budget) => Map(text, budget, (_, rune) => UpperOf(rune));

    public static TextValue Lower(OriginText text, Budget budget) => Map(text, budget, (at, rune) => LowerOf(text.Text, at, rune));

    public static TextValue Swap(OriginText text, Budget budget) => Map(text, budget, (at, rune) =>
        Rune.IsUpper(rune) ? LowerOf(text.Text, at, rune) : UpperOf(rune));

    /// <summary><c>str.capitalize</c>: the first character in title case, the rest in lower case.</summary>
    public static TextValue Capitalize(OriginText text, Budget budget) => Map(text, budget, (at, rune) =>
        at == 0 ? TitleOf(rune) : LowerOf(text.Text, at, rune));

    /// <summary><c>str.title</c>: title case wherever a cased character follows one that is not.</summary>
    public static TextValue Title(OriginText text, Budget budget)
    {
        var insideWord = false;
        return Map(text, budget, (at, rune) =>
        {
            var mapped = insideWord ? LowerOf(text.Text, at, rune) : TitleOf(rune);
            insideWord = IsCased(rune);
            return mapped;
        });
    }

    public static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static TextValue Map(OriginText text, Budget budget, Func<int, Rune, string> map)
    {
        var sink = new BoundedText(budget);
        var mapped = new StringBuilder();
        foreach (var run in text.Runs)
        {
            mapped.Clear();
            for (var i = run.Start; i < run.End;)
            {
                // A surrogate pair never spans two runs: a text is cut at code points only.
                _ = Rune.DecodeFromUtf16(text.Text.AsSpan(i), out var rune, out var width);
                mapped.Append(map(i, rune));
                i += width;
            }

            sink.Append(mapped.ToString(), run.Origin);
        }

        return sink.ToValue();
    }

    private static string UpperOf(Rune rune) =>
        rune.IsBmp && SpecialCasing.Upper.TryGetValue((char)rune.Value, out var special) ? special
            : rune.Value is 'ı' ? "I" // .NET leaves these two: their upper case is ASCII.
            : rune.Value is 'ſ' ? "S"
            : Rune.ToUpperInvariant(rune).ToString();

    private static string TitleOf(Rune rune)
    {
        if (rune.IsBmp && SpecialCasing.Title.TryGetValue((char)rune.Value, out var special))
        {
            return special;
        }

        var upper = UpperOf(rune);
        return upper.Length > 1 && rune.IsBmp ? upper[..1] + upper[1..].ToLowerInvariant() : upper;
    }

    private static string LowerOf(string text, int at, Rune rune) => rune.Value switch
    {
        'İ' => "i\u0307",
        'Σ' when IsFinalSigma(text, at) => "ς",
        _ => Rune.ToLowerInvariant(rune).ToString(),
    };

    /// <summary>Unicode's Final_Sigma: a cased letter before, none after, case-ignorable characters skipped.</summary>
    private static bool IsFinalSigma(string text, int at)
    {
        var before = at - 1;
        while (before >= 0 && IsCaseIgnorable(text[before]))
        {
            before--;
        }

        var after = at + 1;
        while (after < text.Length && IsCaseIgnorable(text[after]))
        {
            after++;
        }

        return IsCasedAt(text, before) && !IsCasedAt(text, after);
    }

    private static bool IsCasedAt(string text, int at) =>
        at >= 0 && at < text.Length && Rune.TryCreate(text[at], out var rune) && IsCased(rune);

    private static bool IsCaseIgnorable(char c) => c is '\'' or '.' or ':' or '·' or '’' || char.GetUnicodeCategory(c) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or
        UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
}
