using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>The <c>normalizer</c> of a tokenizer file.</summary>
internal static class NormalizerReader
{
    /// <summary>Of the steps of a sequence, and of the characters that a step writes for one match.</summary>
    private const int Most = 64;

    public static INormalizer Read(JsonValue? value)
    {
        if (value is not { } component)
        {
            return NormalizerSequence.None;
        }

        return component.Type() switch
        {
            "Sequence" => Sequence(component.Get("normalizers")),
            "Prepend" => new PrependNormalizer(component.Get("prepend").Text(Most)),
            "Replace" => new ReplaceNormalizer(PatternReader.Read(component.Get("pattern")), component.Get("content").Text(Most)),
            "Strip" => new StripNormalizer(component.Flag("strip_left", true), component.Flag("strip_right", true)),
            "Lowercase" => new LowercaseNormalizer(),
            "StripAccents" => new StripAccentsNormalizer(),
            "NFC" => new UnicodeFormNormalizer(NormalizationForm.FormC),
            "NFD" => new UnicodeFormNormalizer(NormalizationForm.FormD),
            "NFKC" => new UnicodeFormNormalizer(NormalizationForm.FormKC),
            "NFKD" => new UnicodeFormNormalizer(NormalizationForm.FormKD),
            "Precompiled" => PrecompiledCharsMap.Parse(component.Get("precompiled_charsmap")),
            var type => throw component.NotSupported($"normalizer '{type}'"),
        };
    }

    private static NormalizerSequence Sequence(JsonValue steps)
    {
        steps.Count(Most);
        return new NormalizerSequence([.. steps.Items().Select(item => Read(item))]);
    }
}

/// <summary>The <c>pattern</c> of a Split or Replace: <c>{"String": …}</c> or <c>{"Regex": …}</c>.</summary>
internal static class PatternReader
{
    public static TextPattern Read(JsonValue pattern)
    {
        if (pattern.Find("Regex") is { } expression)
        {
            return RegexPattern.Parse(expression);
        }

        var literal = pattern.Get("String").Text();
        return literal.Length > 0 ? new LiteralPattern(literal) : throw pattern.Error("an empty pattern");
    }
}
