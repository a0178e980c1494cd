using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Text.Tokens;

/// <summary>The <c>pre_tokenizer</c> of a tokenizer file.</summary>
internal static class PreTokenizerReader
{
    private const int MostSteps = 64;

    /// <summary>The expression of GPT-2, which ByteLevel means by <c>use_regex</c>.</summary>
    private const string Gpt2 =
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public static IPreTokenizer Read(JsonValue? value)
    {
        if (value is not { } component)
        {
            return new PreTokenizerSequence([]);
        }

        return component.Type() switch
        {
            "Sequence" => Sequence(component.Get("pretokenizers")),
            "Split" => new SplitPreTokenizer(
                PatternReader.Read(component.Get("pattern")), Behavior(component.Get("behavior")), component.Flag("invert", false)),
            "Digits" => new SplitPreTokenizer(
                new CharacterPattern(Rune.IsNumber),
                component.Flag("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
            "ByteLevel" => ByteLevel(component),
            "Metaspace" => Metaspace(component),
            "Whitespace" => new SplitPreTokenizer(Expression(@"\w+|[^\w\s]+"), SplitBehavior.Removed, invert: true),
            "WhitespaceSplit" => new SplitPreTokenizer(new CharacterPattern(Rune.IsWhiteSpace), SplitBehavior.Removed),
            "Punctuation" => new SplitPreTokenizer(
                new CharacterPattern(IsPunctuation),
                component.Find("behavior") is { } behavior ? Behavior(behavior) : SplitBehavior.Isolated),
            "CharDelimiterSplit" => new SplitPreTokenizer(
                new LiteralPattern(OneCharacter(component.Get("delimiter")).ToString()), SplitBehavior.Removed),
            var type => throw component.NotSupported($"pre-tokenizer '{type}'"),
        };
    }

    /// <summary>The mark and the scheme of a Metaspace, which occurs as pre-tokenizer and as decoder.</summary>
    public static (char Mark, PrependScheme Scheme) MetaspaceSettings(JsonValue component)
    {
        var mark = component.Find("replacement") is { } replacement ? OneCharacter(replacement) : '\u2581';
        if (component.Find("prepend_scheme") is not { } scheme)
        {
            // Older files say it with a flag.
            return (mark, component.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never);
        }

        return (mark, scheme.Text() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw scheme.NotSupported($"prepend_scheme '{other}'"),
        });
    }

    private static PreTokenizerSequence Sequence(JsonValue steps)
    {
        steps.Count(MostSteps);
        return new PreTokenizerSequence([.. steps.Items().Select(item => Read(item))]);
    }

    private static PreTokenizerSequence ByteLevel(JsonValue component)
    {
        var steps = new List<IPreTokenizer>(3);
        if (component.Flag("add_prefix_space", true))
        {
            steps.Add(new PrefixSpacePreTokenizer());
        }

        if (component.Flag("use_regex", true))
        {
            steps.Add(new SplitPreTokenizer(Expression(Gpt2), SplitBehavior.Isolated));
        }

        steps.Add(new ByteLevelPreTokenizer());
        return new PreTokenizerSequence(steps);
    }

    private static PreTokenizerSequence Metaspace(JsonValue component)
    {
        var (mark, scheme) = MetaspaceSettings(component);
        var rewrite = new MetaspacePreTokenizer(mark, scheme);
        return component.Flag("split", true)
            ? new PreTokenizerSequence(
                [rewrite, new SplitPreTokenizer(new LiteralPattern(mark.ToString()), SplitBehavior.MergedWithNext)])
            : new PreTokenizerSequence([rewrite]);
    }

    private static SplitBehavior Behavior(JsonValue value) =>
        Enum.TryParse<SplitBehavior>(value.Text(), out var behavior) && Enum.GetName(behavior) == value.Text()
            ? behavior
            : throw value.NotSupported($"behavior '{value.Text()}'");

    private static char OneCharacter(JsonValue value) => value.Text() is [var c]
        ? c
        : throw value.NotSupported("one character of the basic plane expected");

    private static RegexPattern Expression(string expression) =>
        RegexPattern.Parse(new JsonValue(JsonSerializer.SerializeToElement(expression), "built-in expression"));

    private static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? char.IsPunctuation((char)rune.Value) || char.IsSymbol((char)rune.Value)
        : Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}
