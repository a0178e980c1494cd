using System.Globalization;
using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>
/// Rewrites an expression of a tokenizer file (Oniguruma, Ruby syntax) for .NET. Only constructs that mean the same
/// are let through; every other one is refused by name rather than matched differently.
/// </summary>
internal sealed class RegexDialect
{
    private const int LongestExpression = 32_768;
    private const int DeepestNesting = 64;
    private const int MostRepeats = 10_000;

    private readonly JsonValue _place;
    private readonly string _source;
    private readonly StringBuilder _target = new();
    private readonly Stack<int> _groupStarts = new();
    private int _at;

    // Where the last atom begins in the target, for the possessive quantifiers that .NET lacks; -1: none.
    private int _atom = -1;

    private RegexDialect(JsonValue place)
    {
        _place = place;
        _source = place.Text();
    }

    public static string Translate(JsonValue expression)
    {
        var dialect = new RegexDialect(expression);
        if (dialect._source.Length is 0 or > LongestExpression)
        {
            throw expression.Error($"an expression of 1 to {LongestExpression} characters expected");
        }

        dialect.Run();
        return dialect._target.ToString();
    }

    private void Run()
    {
        while (_at < _source.Length)
        {
            switch (_source[_at])
            {
                case '[': CharacterClass(); break;
                case '(': Open(); break;
                case ')': Close(); break;
                case '\\': Begin(); Escape(inClass: false); break;
                case '*' or '+' or '?': Quantifier(1); break;
                case '{': Braces(); break;
                case '|' or '^' or '$': Copy(1); _atom = -1; break;
                default: Begin(); Literal(); break;
            }
        }

        if (_groupStarts.Count > 0)
        {
            throw _place.Error("a group is not closed");
        }
    }

    private void Begin() => _atom = _target.Length;

    private void Copy(int count)
    {
        _target.Append(_source, _at, count);
        _at += count;
    }

    private void Literal()
    {
        if (char.IsSurrogate(_source[_at]))
        {
            throw _place.NotSupported("the expression names a character outside the basic plane");
        }

        Copy(1);
    }

    private void Open()
    {
        if (_groupStarts.Count == DeepestNesting)
        {
            throw _place.Error($"groups nest deeper than {DeepestNesting}");
        }

        _groupStarts.Push(_target.Length);
        _atom = -1;
        string[] openings = ["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?-i:"];
        var opening = Array.Find(openings, NextIs);
        if (opening is null && _at + 1 < _source.Length && _source[_at + 1] == '?')
        {
            throw _place.NotSupported($"group '{_source.Substring(_at, Math.Min(4, _source.Length - _at))}'");
        }

        if (opening is null)
        {
            // Captures are never read.
            _target.Append("(?:");
            _at++;
        }
        else
        {
            Copy(opening.Length);
        }
    }

    private void Close()
    {
        if (!_groupStarts.TryPop(out var start))
        {
            throw _place.Error("')' without a group");
        }

        Copy(1);
        _atom = start;
    }

    /// <summary>A quantifier, with its lazy or possessive mark: <c>X++</c> becomes <c>(?&gt;X+)</c>.</summary>
    private void Quantifier(int length)
    {
        if (_atom < 0)
        {
            throw _place.Error("a quantifier without anything to repeat");
        }

        var braces = _source[_at] == '{';
        Copy(length);
        if (NextIs("?"))
        {
            Copy(1);
        }
        else if (NextIs("+") && braces)
        {
            // In Ruby syntax {n,m}+ repeats the repetition; whoever writes it means something else.
            throw _place.NotSupported("'}+'");
        }
        else if (NextIs("+"))
        {
            _at++;
            _target.Insert(_atom, "(?>").Append(')');
        }

        if (NextIs("*") || NextIs("+") || NextIs("?"))
        {
            throw _place.NotSupported("a quantifier on a quantifier");
        }
    }

    private bool NextIs(string text) => _source.AsSpan(_at).StartsWith(text);

    private void Braces()
    {
        var end = _source.IndexOf('}', _at);
        var parts = end < 0 ? [] : _source[(_at + 1)..end].Split(',');
        var counts = parts.Length is 1 or 2 && parts[0].Length > 0
            && Array.TrueForAll(parts, part => part.Length <= 6 && part.All(char.IsAsciiDigit));
        if (!counts)
        {
            // A brace that is no quantifier stands for itself in both dialects; written so that .NET cannot doubt it.
            Begin();
            _target.Append("\\{");
            _at++;
            return;
        }

        if (parts.Any(part => part.Length > 0 && int.Parse(part, CultureInfo.InvariantCulture) > MostRepeats))
        {
            throw _place.Error($"more than {MostRepeats} repeats");
        }

        Quantifier(end - _at + 1);
    }

    private void CharacterClass()
    {
        Begin();
        Copy(1);
        if (_at < _source.Length && _source[_at] == '^')
        {
            Copy(1);
        }

        for (var first = true; ; first = false)
        {
            if (_at >= _source.Length)
            {
                throw _place.Error("a character class is not closed");
            }

            switch (_source[_at])
            {
                case ']' when !first: Copy(1); return;
                case ']': throw _place.NotSupported("']' at the start of a character class");
                case '[': throw _place.NotSupported("a class inside a character class");
                case '&' when NextIs("&&"): throw _place.NotSupported("class intersection '&&'");
                case '\\': Escape(inClass: true); break;
                default: Literal(); break;
            }
        }
    }

    private void Escape(bool inClass)
    {
        if (_at + 1 >= _source.Length)
        {
            throw _place.Error("a backslash at the end");
        }

        switch (_source[_at + 1])
        {
            case 'p' or 'P': Property(); break;
            case 'w' or 'W': Word(inClass); break;
            case 's' or 'S' or 'd' or 'D' or 'r' or 'n' or 't' or 'f' or 'v' or 'a' or 'e': Copy(2); break;
            case 'x': Hexadecimal(2, 2); break;
            case 'u': Hexadecimal(4, 4); break;
            case 'A' or 'z' or 'Z' when !inClass: Copy(2); _atom = -1; break;
            case var c when !char.IsAsciiLetterOrDigit(c): _at++; EscapedLiteral(); break;
            case var c: throw _place.NotSupported($"escape '\\{c}'");
        }
    }

    private void EscapedLiteral()
    {
        if (char.IsAscii(_source[_at]))
        {
            _target.Append('\\');
        }

        Literal();
    }

    private void Property()
    {
        var end = _source.IndexOf('}', _at);
        if (_at + 2 >= _source.Length || _source[_at + 2] != '{' || end < 0)
        {
            throw _place.NotSupported("a property without braces");
        }

        var negated = _source[_at + 1] == 'P';
        var name = _source[(_at + 3)..end];
        if (name.StartsWith('^'))
        {
            (negated, name) = (!negated, name[1..]);
        }

        if (!GeneralCategories.Contains(name))
        {
            throw _place.NotSupported($"property '{name}' (general categories only)");
        }

        _target.Append(negated ? "\\P{" : "\\p{").Append(name).Append('}');
        _at = end + 1;
    }

    /// <summary>Oniguruma's word characters have all numbers and marks; .NET's have not.</summary>
    private void Word(bool inClass)
    {
        const string Members = @"\p{L}\p{M}\p{N}\p{Pc}";
        var negated = _source[_at + 1] == 'W';
        if (inClass && negated)
        {
            throw _place.NotSupported("'\\W' inside a character class");
        }

        _target.Append(inClass ? Members : negated ? $"[^{Members}]" : $"[{Members}]");
        _at += 2;
    }

    private void Hexadecimal(int digits, int most)
    {
        var start = _at + 2;
        var braced = start < _source.Length && _source[start] == '{';
        var end = braced ? _source.IndexOf('}', start) : start + digits;
        var text = end > start && end <= _source.Length ? _source[(braced ? start + 1 : start)..end] : "";
        if (!int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value > 0xFFFF || (!braced && text.Length > most) || char.IsSurrogate((char)value))
        {
            throw _place.NotSupported($"escape '{_source.Substring(_at, Math.Min(10, _source.Length - _at))}'");
        }

        _target.Append(CultureInfo.InvariantCulture, $"\\u{value:X4}");
        _at = braced ? end + 1 : end;
    }

    private static readonly HashSet<string> GeneralCategories =
    [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
    ];
}
