using System.Globalization;
using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>One normalizer of a tokenizer file: rewrites a text before it is cut into pieces.</summary>
internal interface INormalizer
{
    /// <exception cref="TokenizerLimitException">The result would have more characters than the limit.</exception>
    string Normalize(string text, int limit);
}

/// <summary>Normalizers one after the other; none leaves the text as it is.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<INormalizer> steps) : INormalizer
{
    public static readonly NormalizerSequence None = new([]);

    public string Normalize(string text, int limit) => steps.Aggregate(text, (current, step) => step.Normalize(current, limit));
}

/// <summary>Puts a text in front of every text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public string Normalize(string text, int limit) => text.Length == 0 ? text : prefix + text;
}

internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : INormalizer
{
    public string Normalize(string text, int limit)
    {
        var matches = new List<Stretch>();
        pattern.FindAll(text, matches);
        if (matches.Count == 0)
        {
            return text;
        }

        var result = new BoundedTextBuilder(text.Length, limit);
        var at = 0;
        foreach (var match in matches)
        {
            result.Append(text.AsSpan(at, match.Start - at)).Append(content);
            at = match.End;
        }

        return result.Append(text.AsSpan(at)).ToString();
    }
}

/// <summary>Removes white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public string Normalize(string text, int limit) => (left, right) switch
    {
        (true, true) => text.Trim(),
        (true, false) => text.TrimStart(),
        (false, true) => text.TrimEnd(),
        _ => text,
    };
}

internal sealed class LowercaseNormalizer : INormalizer
{
    public string Normalize(string text, int limit)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // The one letter whose lower case is two characters.
            if (rune.Value == 'İ')
            {
                result.Append("i\u0307");
            }
            else
            {
                result.Append(Rune.ToLowerInvariant(rune));
            }
        }

        return result.ToString();
    }
}

/// <summary>Removes combining marks (of a text that was decomposed before).</summary>
internal sealed class StripAccentsNormalizer : INormalizer
{
    public string Normalize(string text, int limit)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is not
                (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark))
            {
                result.Append(rune);
            }
        }

        return result.ToString();
    }
}

/// <summary>One of the four Unicode normalisation forms.</summary>
internal sealed class UnicodeFormNormalizer(NormalizationForm form) : INormalizer
{
    public string Normalize(string text, int limit) => UnicodeForms.Normalize(text, form);
}
