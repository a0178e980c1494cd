using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bailiwick.Text.ToolCalls;

/// <summary>Python's calls with keyword arguments and literal values, as names and JSON. Also takes JSON's true, false and null.</summary>
internal sealed class PythonicText
{
    private const int MostLevels = 32;

    private readonly string _text;
    private int _at;
    private bool _failed;

    private PythonicText(string text) => _text = text;

    /// <summary>Reads all calls of a text.</summary>
    /// <param name="text">Calls and nothing else.</param>
    /// <param name="isList">In brackets with commas between; otherwise a call on each line.</param>
    /// <returns>Null where it is anything else.</returns>
    public static IReadOnlyList<(string Name, string Arguments)>? Read(string text, bool isList)
    {
        var reader = new PythonicText(text);
        var calls = new List<(string, string)>();
        if (isList && !reader.TryTake('['))
        {
            return null;
        }

        do
        {
            calls.Add(reader.Call());
            reader.Blanks();
        }
        while (!reader._failed && (isList ? reader.TryTake(',') : reader._at < text.Length));

        var whole = !reader._failed && (!isList || reader.TryTake(']'));
        reader.Blanks();
        return whole && reader._at == text.Length ? calls : null;
    }

    private (string Name, string Arguments) Call()
    {
        Blanks();
        var name = Word();
        var arguments = new JsonObject();
        Require('(');
        while (!_failed && !TryTake(')'))
        {
            var key = Word();
            Require('=');
            var value = Value(0);
            _failed |= key.Length == 0 || !arguments.TryAdd(key, value);
            if (!TryTake(','))
            {
                Require(')');
                break;
            }
        }

        _failed |= name.Length == 0;
        return (name, arguments.ToJsonString(CallJson.Options));
    }

    private JsonNode? Value(int level)
    {
        Blanks();
        var first = _at < _text.Length && level < MostLevels ? _text[_at] : '\0';
        switch (first)
        {
            case '\'' or '"':
                return JsonValue.Create(Quoted());
            case '[':
                return List(']', level);
            case '(':
                return List(')', level);
            case '{':
                return Dictionary(level);
            default:
                return Scalar();
        }
    }

    private JsonArray List(char close, int level)
    {
        var list = new JsonArray();
        _at++;
        while (!_failed && !TryTake(close))
        {
            list.Add(Value(level + 1));
            if (!TryTake(','))
            {
                Require(close);
                break;
            }
        }

        return list;
    }

    private JsonObject Dictionary(int level)
    {
        var members = new JsonObject();
        _at++;
        while (!_failed && !TryTake('}'))
        {
            Blanks();
            var key = _at < _text.Length && _text[_at] is '\'' or '"' ? Quoted() : null;
            Require(':');
            var value = Value(level + 1);
            _failed |= key is null || !members.TryAdd(key, value);
            if (!TryTake(','))
            {
                Require('}');
                break;
            }
        }

        return members;
    }

    private JsonNode? Scalar()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '+' or '-' or '.' or '_'))
        {
            _at++;
        }

        var word = _text[start.._at];
        switch (word)
        {
            case "None" or "null":
                return null;
            case "True" or "true":
                return JsonValue.Create(true);
            case "False" or "false":
                return JsonValue.Create(false);
            default:
                return Number(word);
        }
    }

    private JsonNode? Number(string word)
    {
        try
        {
            // As written: a number need not fit any type of ours.
            return JsonNode.Parse(word) is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value : Fail();
        }
        catch (JsonException)
        {
            return Fail();
        }
    }

    private JsonNode? Fail()
    {
        _failed = true;
        return null;
    }

    private string Quoted()
    {
        var (quote, text) = (_text[_at++], new StringBuilder());
        while (_at < _text.Length && _text[_at] != quote)
        {
            if (_text[_at] == '\\' && _at + 1 < _text.Length)
            {
                _at++;
                Escape(text);
            }
            else
            {
                text.Append(_text[_at++]);
            }
        }

        _failed |= _at >= _text.Length;
        _at++;
        return text.ToString();
    }

    private void Escape(StringBuilder text)
    {
        var character = _text[_at++];
        var digits = character switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0)
        {
            // Python leaves a backslash before any other letter where it is.
            text.Append(character switch
            {
                'n' => "\n",
                't' => "\t",
                'r' => "\r",
                'b' => "\b",
                'f' => "\f",
                '\n' => "",
                '\\' or '\'' or '"' or '/' => character.ToString(),
                _ => "\\" + character,
            });
            return;
        }

        if (_at + digits <= _text.Length
            && int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            && (digits < 8 ? code >= 0 : Rune.IsValid(code)))
        {
            text.Append(digits < 8 ? ((char)code).ToString() : new Rune(code).ToString());
            _at += digits;
        }
        else
        {
            _failed = true;
        }
    }

    private string Word()
    {
        Blanks();
        var start = _at;
        while (_at < _text.Length && ToolFunction.IsNameCharacter(_text[_at]))
        {
            _at++;
        }

        return _text[start.._at];
    }

    private bool TryTake(char character)
    {
        Blanks();
        if (_at >= _text.Length || _text[_at] != character)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Require(char character) => _failed |= !TryTake(character);

    private void Blanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }
}
