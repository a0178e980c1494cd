using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Python's center, ljust, rjust and zfill; widths are code points.</summary>
internal static class TextPadding
{
    public static TextValue Center(Budget budget, TextValue text, int width, TextValue fill)
    {
        var missing = Math.Max(0, (long)width - CodePoints.Count(text.Plain));
        // CPython gives the odd one to the left where the width is odd.
        var left = (missing / 2) + (missing & width & 1);
        return new BoundedText(budget).Repeat(Single(fill), left).Append(text.Text).Repeat(Single(fill), missing - left).ToValue();
    }

    public static TextValue Left(Budget budget, TextValue text, int width, TextValue fill) =>
        new BoundedText(budget).Append(text.Text).Repeat(Single(fill), Missing(text, width)).ToValue();

    public static TextValue Right(Budget budget, TextValue text, int width, TextValue fill) =>
        new BoundedText(budget).Repeat(Single(fill), Missing(text, width)).Append(text.Text).ToValue();

    public static TextValue Zeros(Budget budget, TextValue text, int width)
    {
        var sign = text.Plain.Length > 0 && text.Plain[0] is '+' or '-' ? 1 : 0;
        return new BoundedText(budget)
            .Append(text.Text, 0, sign)
            .Repeat(OriginText.FromTemplate("0"), Missing(text, width))
            .Append(text.Text, sign, text.Plain.Length - sign)
            .ToValue();
    }

    private static long Missing(TextValue text, int width) => Math.Max(0, (long)width - CodePoints.Count(text.Plain));

    private static OriginText Single(TextValue fill) => CodePoints.Count(fill.Plain) == 1
        ? fill.Text
        : throw new EvaluationError("the fill character must be exactly one character long");
}
