using System.Globalization;

namespace Bailiwick.Text.Tokens;

/// <summary>
/// A text in which every code point outside the basic plane is one stand-in character of the same general category.
/// .NET matches UTF-16 code units: to it a mathematical digit is two surrogates, neither <c>\p{N}</c> nor
/// <c>\p{L}</c>. Published expressions speak of categories only, so matching the stand-ins gives the right stretches.
/// </summary>
internal readonly struct AstralShadow
{
    // Seldom used characters, so that no range which an expression spells out holds one of them by accident.
    private static readonly (UnicodeCategory Category, char StandIn)[] StandIns =
    [
        (UnicodeCategory.UppercaseLetter, '\uA640'), (UnicodeCategory.LowercaseLetter, '\uA641'),
        (UnicodeCategory.TitlecaseLetter, '\u1FBC'), (UnicodeCategory.ModifierLetter, '\uA717'),
        (UnicodeCategory.OtherLetter, '\uA000'), (UnicodeCategory.NonSpacingMark, '\uA802'),
        (UnicodeCategory.SpacingCombiningMark, '\uA823'), (UnicodeCategory.EnclosingMark, '\uA670'),
        (UnicodeCategory.DecimalDigitNumber, '\uA8D0'), (UnicodeCategory.LetterNumber, '\uA6E6'),
        (UnicodeCategory.OtherNumber, '\uA830'), (UnicodeCategory.ConnectorPunctuation, '\uFE33'),
        (UnicodeCategory.DashPunctuation, '\uFE31'), (UnicodeCategory.OpenPunctuation, '\uFE35'),
        (UnicodeCategory.ClosePunctuation, '\uFE36'), (UnicodeCategory.InitialQuotePunctuation, '\u2E02'),
        (UnicodeCategory.FinalQuotePunctuation, '\u2E03'), (UnicodeCategory.OtherPunctuation, '\uA60D'),
        (UnicodeCategory.MathSymbol, '\u2AFF'), (UnicodeCategory.CurrencySymbol, '\uA838'),
        (UnicodeCategory.ModifierSymbol, '\uA700'), (UnicodeCategory.OtherSymbol, '\uA828'),
        (UnicodeCategory.Format, '\u2062'), (UnicodeCategory.PrivateUse, '\uE8FF'),
    ];

    private static readonly Dictionary<UnicodeCategory, char> StandInOf =
        StandIns.ToDictionary(pair => pair.Category, pair => pair.StandIn);

    private readonly int[]? _originalIndex;

    private AstralShadow(string text, int[]? originalIndex)
    {
        Text = text;
        _originalIndex = originalIndex;
    }

    public string Text { get; }

    /// <summary>All stand-ins, for the test that holds their categories to the table.</summary>
    internal static IEnumerable<(UnicodeCategory Category, char StandIn)> Table => StandIns;

    public static AstralShadow Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return new AstralShadow(text, null);
        }

        var shadow = new char[text.Length];
        var index = new int[text.Length + 1];
        int length = 0, at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            index[length] = at;
            shadow[length++] = rune.IsBmp ? (char)rune.Value : StandInFor(System.Text.Rune.GetUnicodeCategory(rune));
            at += rune.Utf16SequenceLength;
        }

        index[length] = at;
        return new AstralShadow(new string(shadow, 0, length), index);
    }

    /// <summary>The place in the original text of a place in <see cref="Text"/>.</summary>
    public int ToOriginal(int index) => _originalIndex is null ? index : _originalIndex[index];

    // Unassigned code points, and any category without astral members today.
    private static char StandInFor(UnicodeCategory category) => StandInOf.GetValueOrDefault(category, '\uFFF0');
}
