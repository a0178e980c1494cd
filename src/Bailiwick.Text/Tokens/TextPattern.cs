using System.Text.RegularExpressions;

namespace Bailiwick.Text.Tokens;

/// <summary>What a Split, Replace or similar component looks for.</summary>
internal abstract class TextPattern
{
    /// <summary>The matches in a text of its own, left to right, without overlap; empty ones are left out.</summary>
    public abstract void FindAll(string text, List<Stretch> matches);
}

/// <summary>A fixed text.</summary>
internal sealed class LiteralPattern(string literal) : TextPattern
{
    public override void FindAll(string text, List<Stretch> matches)
    {
        var at = 0;
        while ((at = text.IndexOf(literal, at, StringComparison.Ordinal)) >= 0)
        {
            matches.Add(new Stretch(at, literal.Length));
            at += literal.Length;
        }
    }
}

/// <summary>Characters one by one, by a predicate over code points.</summary>
internal sealed class CharacterPattern(Func<System.Text.Rune, bool> isMatch) : TextPattern
{
    public override void FindAll(string text, List<Stretch> matches)
    {
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (isMatch(rune))
            {
                matches.Add(new Stretch(at, rune.Utf16SequenceLength));
            }

            at += rune.Utf16SequenceLength;
        }
    }
}

/// <summary>An expression of a tokenizer file, run by .NET's engine over code points.</summary>
internal sealed class RegexPattern : TextPattern
{
    /// <summary>For all matches of one text together; a published expression takes milliseconds for a megabyte.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    private readonly Regex _regex;

    private RegexPattern(Regex regex) => _regex = regex;

    /// <param name="expression">In the dialect of tokenizer files (Oniguruma).</param>
    /// <exception cref="TokenizerNotSupportedException">The expression uses what .NET has no equal for.</exception>
    /// <exception cref="TokenizerFormatException">It is no valid expression.</exception>
    public static RegexPattern Parse(JsonValue expression)
    {
        var translated = RegexDialect.Translate(expression);
        try
        {
            // ^ and $ are line anchors in Oniguruma's Ruby syntax. NonBacktracking would need no time limit, but it
            // refuses the look-ahead that nearly every published expression has.
            return new RegexPattern(new Regex(
                translated, RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.Compiled, TimeLimit));
        }
        catch (ArgumentException e)
        {
            throw new TokenizerFormatException($"{expression.Path}: not a valid expression ({e.Message})", e);
        }
    }

    /// <exception cref="TokenizerLimitException">The time limit passed.</exception>
    public override void FindAll(string text, List<Stretch> matches)
    {
        var shadow = AstralShadow.Of(text);
        try
        {
            // Replace runs under one time limit for all matches; Matches and EnumerateMatches start a new one for
            // each, so that a hostile expression could take the limit once per character.
            _regex.Replace(shadow.Text, match =>
            {
                if (match.Length > 0)
                {
                    var start = shadow.ToOriginal(match.Index);
                    matches.Add(new Stretch(start, shadow.ToOriginal(match.Index + match.Length) - start));
                }

                return "";
            });
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TokenizerLimitException(
                $"the tokenizer's expression took over {TimeLimit.TotalSeconds:0} s on a text of {text.Length} characters", e);
        }
    }
}
