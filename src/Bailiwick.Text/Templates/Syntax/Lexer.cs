using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Syntax;

/// <summary>
/// Splits a template into text and tags, with the white space rules of jinja2 3.1 under trim_blocks and lstrip_blocks:
/// the newline behind a block or comment goes, and so do blanks between a line's start and its first block or comment;
/// '-' takes all white space on its side, '+' keeps it. The source's last newline goes.
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;
    private int _lineCounted;

    // Whether what was read last ended a line: only then may blanks before a block be all that the line holds.
    private bool _lineStarting = true;

    private Lexer(string source)
    {
        var normalized = NormalizeNewlines(source);
        _source = normalized.EndsWith('\n') ? normalized[..^1] : normalized;
    }

    public static IReadOnlyList<Token> Tokenize(string source)
    {
        var lexer = new Lexer(source);
        lexer.ReadTemplate();
        return lexer._tokens;
    }

    public static string NormalizeNewlines(string text) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private void ReadTemplate()
    {
        while (_position < _source.Length)
        {
            var open = FindTag(_position);
            if (open < 0)
            {
                Add(TokenKind.Data, _position, _source[_position..]);
                break;
            }

            var kind = _source[open + 1];
            var behind = open + 2;
            var sign = behind < _source.Length && _source[behind] is '-' or '+' ? _source[behind++] : ' ';
            AddText(open, sign, isVariable: kind == '{');
            ReadTag(open, kind, behind);
        }

        Add(TokenKind.End, _source.Length, "");
    }

    private int FindTag(int from)
    {
        for (var i = from; i + 1 < _source.Length; i++)
        {
            if (_source[i] == '{' && _source[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }

        return -1;
    }

    private void AddText(int end, char sign, bool isVariable)
    {
        var text = _source[_position..end];
        if (sign == '-')
        {
            text = TrimEnd(text);
        }
        else if (sign != '+' && !isVariable)
        {
            var lineStart = text.LastIndexOf('\n') + 1;
            if ((lineStart > 0 || _lineStarting) && IsAllSpace(text.AsSpan(lineStart)))
            {
                text = text[..lineStart];
            }
        }

        if (text.Length > 0)
        {
            Add(TokenKind.Data, _position, text);
        }
    }

    private void ReadTag(int open, char kind, int behind)
    {
        _position = behind;
        switch (kind)
        {
            case '#':
                ReadComment(open);
                break;
            case '{':
                Add(TokenKind.VariableBegin, open, "{{");
                ReadInside(isVariable: true);
                break;
            default:
                if (FindRaw() is { } rawBody)
                {
                    ReadRaw(open, rawBody);
                }
                else
                {
                    Add(TokenKind.BlockBegin, open, "{%");
                    ReadInside(isVariable: false);
                }

                break;
        }
    }

    private void ReadComment(int open)
    {
        var end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Refused(open, "a comment that does not end");
        }

        Close(end > _position ? _source[end - 1] : ' ', end + 2, trimsNewline: true);
    }

    /// <summary>Where the text of a raw block starts, if the tag at hand opens one.</summary>
    private int? FindRaw()
    {
        var i = SkipSpace(_position);
        if (string.CompareOrdinal(_source, i, "raw", 0, 3) != 0)
        {
            return null;
        }

        i = SkipSpace(i + 3);
        if (string.CompareOrdinal(_source, i, "-%}", 0, 3) == 0)
        {
            return SkipSpace(i + 3);
        }

        return string.CompareOrdinal(_source, i, "%}", 0, 2) == 0 ? i + 2 : null;
    }

    private void ReadRaw(int open, int body)
    {
        for (var i = body; (i = _source.IndexOf("{%", i, StringComparison.Ordinal)) >= 0; i++)
        {
            var at = i + 2;
            var sign = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : ' ';
            at = SkipSpace(at);
            if (string.CompareOrdinal(_source, at, "endraw", 0, 6) != 0)
            {
                continue;
            }

            at = SkipSpace(at + 6);
            var endSign = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : ' ';
            if (string.CompareOrdinal(_source, at, "%}", 0, 2) == 0)
            {
                _position = body;
                _lineStarting = _source[body - 1] == '\n';
                AddText(i, sign, isVariable: false);
                Close(endSign, at + 2, trimsNewline: true);
                return;
            }
        }

        throw Refused(open, "a raw block that does not end");
    }

    private void ReadInside(bool isVariable)
    {
        var reader = new TagReader(_source, _position);
        while (reader.Next(isVariable) is { } token)
        {
            Add(token.Kind, token.At, token.Text);
        }

        if (reader.Failure is { } failure)
        {
            throw Refused(reader.Position, failure);
        }

        Add(isVariable ? TokenKind.VariableEnd : TokenKind.BlockEnd, reader.Position, "");
        Close(reader.EndSign, reader.EndBehind, trimsNewline: !isVariable);
    }

    /// <summary>Goes on behind a tag.</summary>
    private void Close(char sign, int behind, bool trimsNewline)
    {
        var next = behind;
        if (sign == '-')
        {
            next = SkipSpace(next);
        }
        else if (sign != '+' && trimsNewline && next < _source.Length && _source[next] == '\n')
        {
            next++;
        }

        _lineStarting = _source[next - 1] == '\n';
        _position = next;
    }

    private void Add(TokenKind kind, int at, string text) => _tokens.Add(new Token(kind, text, LineAt(at)));

    private int LineAt(int position)
    {
        for (; _lineCounted < position; _lineCounted++)
        {
            if (_source[_lineCounted] == '\n')
            {
                _line++;
            }
        }

        return _line;
    }

    private int SkipSpace(int at)
    {
        while (at < _source.Length && CodePoints.IsSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    private static bool IsAllSpace(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!CodePoints.IsSpace(c))
            {
                return false;
            }
        }

        return true;
    }

    private static string TrimEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && CodePoints.IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    private TemplateNotSupportedException Refused(int at, string construct) => new(LineAt(at), construct);
}
