using System.Globalization;
using System.Text;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Syntax;

/// <summary>Reads the inside of one tag: names, numbers, strings, operators, up to the tag's end outside of brackets.</summary>
internal sealed class TagReader(string source, int position)
{
    // Longest first.
    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", ">=", "<=",
        "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
    ];

    private readonly Stack<char> _brackets = new();

    /// <summary>Where reading stands; at the end of the tag or at the failure once <see cref="Next"/> gave null.</summary>
    public int Position { get; private set; } = position;

    /// <summary>What cannot be read, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>The '-' or '+' of the tag's end, or a blank.</summary>
    public char EndSign { get; private set; } = ' ';

    /// <summary>The first character behind the tag.</summary>
    public int EndBehind { get; private set; }

    public (TokenKind Kind, string Text, int At)? Next(bool isVariable)
    {
        while (Position < source.Length && CodePoints.IsSpace(source[Position]))
        {
            Position++;
        }

        if (Position >= source.Length)
        {
            return Fail("a tag that does not end");
        }

        if (_brackets.Count == 0 && AtEnd(isVariable))
        {
            return null;
        }

        var c = source[Position];
        return char.IsAsciiDigit(c) ? ReadNumber()
            : char.IsLetter(c) || c == '_' ? ReadName()
            : c is '\'' or '"' ? ReadString(c)
            : ReadOperator();
    }

    private bool AtEnd(bool isVariable)
    {
        var sign = source[Position];
        var at = sign == '-' || (sign == '+' && !isVariable) ? Position + 1 : Position;
        if (string.CompareOrdinal(source, at, isVariable ? "}}" : "%}", 0, 2) != 0)
        {
            return false;
        }

        EndSign = at > Position ? sign : ' ';
        EndBehind = at + 2;
        return true;
    }

    private (TokenKind, string, int)? ReadName()
    {
        var start = Position;
        while (Position < source.Length && (char.IsLetterOrDigit(source[Position]) || source[Position] == '_'))
        {
            Position++;
        }

        return (TokenKind.Name, source[start..Position], start);
    }

    private (TokenKind, string, int)? ReadNumber()
    {
        var start = Position;
        var behindDot = start > 0 && source[start - 1] == '.';
        if (source[start] == '0' && start + 1 < source.Length && char.ToLowerInvariant(source[start + 1]) is 'x' or 'o' or 'b')
        {
            return Fail("a number that is not decimal");
        }

        SkipDigits();
        var isFloat = false;
        if (!behindDot && Peek(0) == '.' && char.IsAsciiDigit(Peek(1)))
        {
            isFloat = true;
            Position++;
            SkipDigits();
        }

        var exponent = Peek(1) is '+' or '-' ? 2 : 1;
        if (!behindDot && Peek(0) is 'e' or 'E' && char.IsAsciiDigit(Peek(exponent)))
        {
            isFloat = true;
            Position += exponent;
            SkipDigits();
        }

        var digits = source[start..Position].Replace("_", "", StringComparison.Ordinal);
        var leadingZero = !isFloat && digits.Length > 1 && digits[0] == '0' && digits.AsSpan().IndexOfAnyExcept('0') >= 0;
        return leadingZero || digits.Length > 1_000
            ? Fail("a number that cannot be read")
            : (isFloat ? TokenKind.Float : TokenKind.Integer, digits, start);
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Peek(0)) || (Peek(0) == '_' && char.IsAsciiDigit(Peek(1))))
        {
            Position++;
        }
    }

    private char Peek(int ahead) => Position + ahead < source.Length ? source[Position + ahead] : '\0';

    private (TokenKind, string, int)? ReadOperator()
    {
        var text = Array.Find(Operators, candidate => string.CompareOrdinal(source, Position, candidate, 0, candidate.Length) == 0);
        if (text is null)
        {
            return Fail($"an unexpected character U+{(int)source[Position]:X4}");
        }

        if (text is "(" or "[" or "{")
        {
            _brackets.Push(text switch { "(" => ')', "[" => ']', _ => '}' });
        }
        else if (text is ")" or "]" or "}" && (!_brackets.TryPop(out var expected) || expected != text[0]))
        {
            return Fail($"an unexpected '{text}'");
        }

        Position += text.Length;
        return (TokenKind.Operator, text, Position - text.Length);
    }

    private (TokenKind, string, int)? ReadString(char quote)
    {
        var start = Position++;
        var text = new StringBuilder();
        while (Position < source.Length && source[Position] != quote)
        {
            if (source[Position] != '\\')
            {
                text.Append(source[Position++]);
            }
            else if (!ReadEscape(text))
            {
                return Fail("an escape sequence that cannot be read");
            }
        }

        if (Position >= source.Length)
        {
            Position = start;
            return Fail("a string that does not end");
        }

        Position++;
        return (TokenKind.String, text.ToString(), start);
    }

    /// <summary>Python's escape sequences; an unknown one keeps its backslash.</summary>
    private bool ReadEscape(StringBuilder text)
    {
        var letter = Peek(1);
        Position += 2;
        switch (letter)
        {
            case '\n':
                return true;
            case 'x':
                return ReadHex(text, 2);
            case 'u':
                return ReadHex(text, 4);
            case 'U':
                return ReadHex(text, 8);
            case 'N':
                return false;
            case >= '0' and <= '7':
                ReadOctal(text);
                return true;
        }

        var simple = "abfnrtv\\'\"".IndexOf(letter, StringComparison.Ordinal);
        _ = simple >= 0 ? text.Append("\a\b\f\n\r\t\v\\'\""[simple]) : text.Append('\\').Append(letter);
        return true;
    }

    private bool ReadHex(StringBuilder text, int digits)
    {
        if (Position + digits > source.Length ||
            !int.TryParse(source.AsSpan(Position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) ||
            !Rune.TryCreate(code, out var rune))
        {
            return false;
        }

        text.Append(rune.ToString());
        Position += digits;
        return true;
    }

    private void ReadOctal(StringBuilder text)
    {
        Position--;
        var code = 0;
        for (var i = 0; i < 3 && Peek(0) is >= '0' and <= '7'; i++)
        {
            code = (code * 8) + (source[Position++] - '0');
        }

        text.Append((char)code);
    }

    private (TokenKind, string, int)? Fail(string failure)
    {
        Failure = failure;
        return null;
    }
}
