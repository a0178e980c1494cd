using System.Buffers;
using System.Globalization;
using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>An added token found in a text, with the white space that it takes.</summary>
/// <param name="Token">Which.</param>
/// <param name="Start">Where it and its white space begin, in UTF-16 code units.</param>
/// <param name="Length">Its length with its white space.</param>
internal readonly record struct AddedTokenMatch(AddedToken Token, int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>Finds added tokens: leftmost first, the longest among those that begin at one place.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly CharTrie _trie = new();
    private readonly List<AddedToken> _tokens = [];
    private readonly SearchValues<char> _firstCharacters;

    /// <param name="tokens">What to look for.</param>
    /// <param name="spelling">How a token is spelled in the text: its content, or that normalised.</param>
    public AddedTokenMatcher(IEnumerable<AddedToken> tokens, Func<AddedToken, string>? spelling = null)
    {
        foreach (var token in tokens)
        {
            var text = spelling?.Invoke(token) ?? token.Content;
            if (text.Length > 0)
            {
                _trie.Add(text, _tokens.Count);
                _tokens.Add(token);
            }
        }

        _firstCharacters = SearchValues.Create([.. _tokens.Select(token => (spelling?.Invoke(token) ?? token.Content)[0])]);
    }

    public List<AddedTokenMatch> FindAll(string text)
    {
        var matches = new List<AddedTokenMatch>();
        FindAll(text, 0, text.Length, matches);
        return matches;
    }

    /// <summary>
    /// The tokens all of whose characters lie in the stretch; the white space they take, and the letters that keep a
    /// single word from counting, may lie outside. Adds to the matches found before the stretch, whose white space
    /// stays theirs.
    /// </summary>
    public void FindAll(string text, int start, int length, List<AddedTokenMatch> matches)
    {
        var end = start + length;
        for (var at = start; at < end;)
        {
            var ahead = text.AsSpan(at, end - at).IndexOfAny(_firstCharacters);
            if (ahead < 0)
            {
                break;
            }

            at += ahead;
            var found = _trie.Longest(text.AsSpan(at, end - at), out var index);
            if (found == 0)
            {
                at++;
                continue;
            }

            var token = _tokens[index];
            if (!token.SingleWord || StandsAlone(text, at, found))
            {
                matches.Add(WithWhiteSpace(text, token, at, found, matches.Count > 0 ? matches[^1].End : 0));
            }

            at += found;
        }
    }

    private static AddedTokenMatch WithWhiteSpace(string text, AddedToken token, int at, int length, int least)
    {
        var (start, end) = (at, at + length);
        while (token.LeftStrip && start > least && char.IsWhiteSpace(text[start - 1]))
        {
            start--;
        }

        while (token.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        start = Math.Max(start, least);
        return new AddedTokenMatch(token, start, Math.Max(end, start) - start);
    }

    private static bool StandsAlone(string text, int at, int length)
    {
        Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out var before, out _);
        Rune.DecodeFromUtf16(text.AsSpan(at + length), out var after, out _);
        return (at == 0 || !IsWord(before)) && (at + length == text.Length || !IsWord(after));
    }

    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
