using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>Spells every piece in the byte alphabet.</summary>
internal sealed class ByteLevelPreTokenizer : IPreTokenizer
{
    public Pieces Split(Pieces pieces)
    {
        var text = new StringBuilder(pieces.Text.Length * 2);
        var list = new List<Stretch>(pieces.List.Count);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var piece in pieces.List)
        {
            var start = text.Length;
            var source = pieces.Text.AsSpan(piece.Start, piece.Length);
            foreach (var rune in source.EnumerateRunes())
            {
                foreach (var b in utf8[..rune.EncodeToUtf8(utf8)])
                {
                    text.Append(ByteAlphabet.ToChar(b));
                }
            }

            list.Add(new Stretch(start, text.Length - start));
        }

        return pieces with { Text = text.ToString(), List = list };
    }
}

/// <summary>Puts a space in front of every piece that does not begin with one.</summary>
internal sealed class PrefixSpacePreTokenizer : IPreTokenizer
{
    public Pieces Split(Pieces pieces) =>
        Prefixed.Rewrite(pieces, " ", (piece, _) => piece[0] != ' ', piece => piece.ToString());
}

/// <summary>When a Metaspace component puts its mark in front of a piece.</summary>
internal enum PrependScheme
{
    Always,

    /// <summary>Only where the input begins.</summary>
    First,
    Never,
}

/// <summary>Writes spaces as a visible mark (SentencePiece's U+2581) and puts one in front of words.</summary>
internal sealed class MetaspacePreTokenizer(char mark, PrependScheme scheme) : IPreTokenizer
{
    public Pieces Split(Pieces pieces) => Prefixed.Rewrite(
        pieces,
        mark.ToString(),
        (piece, isFirst) => piece[0] != mark && piece[0] != ' '
            && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && isFirst)),
        piece => piece.ToString().Replace(' ', mark));
}

/// <summary>Rewrites pieces, some of which get a prefix.</summary>
internal static class Prefixed
{
    public delegate bool NeedsPrefix(ReadOnlySpan<char> piece, bool isFirst);

    public delegate string Body(ReadOnlySpan<char> piece);

    public static Pieces Rewrite(Pieces pieces, string prefix, NeedsPrefix needsPrefix, Body body)
    {
        var text = new StringBuilder(pieces.Text.Length + (pieces.List.Count * prefix.Length));
        var list = new List<Stretch>(pieces.List.Count);
        foreach (var piece in pieces.List)
        {
            var start = text.Length;
            var source = pieces.Text.AsSpan(piece.Start, piece.Length);
            if (needsPrefix(source, pieces.AtStart && piece.Start == 0))
            {
                text.Append(prefix);
            }

            text.Append(body(source));
            list.Add(new Stretch(start, text.Length - start));
        }

        return pieces with { Text = text.ToString(), List = list };
    }
}
