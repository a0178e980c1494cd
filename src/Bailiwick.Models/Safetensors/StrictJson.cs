using System.Text.Json;
using System.Text.Unicode;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Safetensors;

/// <summary>A JSON document of an untrusted file, read token by token: bounded depth, bounded strings, no comments, no
/// trailing commas, valid UTF-8, and nothing but <see cref="BadModelException"/> on bad input. The document is never
/// copied.</summary>
internal ref struct StrictJson
{
    private readonly string _file;
    private readonly string _what;
    private Utf8JsonReader _reader;

    /// <param name="file">Bare file name, for refusals.</param>
    /// <param name="what">What the document is, for refusals: header, index.</param>
    /// <param name="document">The whole document.</param>
    public StrictJson(string file, string what, ReadOnlySpan<byte> document)
    {
        _file = file;
        _what = what;
        if (!Utf8.IsValid(document)) throw Refusal("is not UTF-8");
        _reader = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = SafetensorsLimits.JsonDepth });
    }

    /// <summary>Steps to the next token.</summary>
    public JsonTokenType Next()
    {
        try
        {
            return _reader.Read() ? _reader.TokenType : JsonTokenType.None;
        }
        catch (JsonException fault)
        {
            // The reader's own message quotes the document; the place is enough.
            var place = $"line {fault.LineNumber + 1}, byte {fault.BytePositionInLine}";
            throw Refusal($"is not valid JSON of at most {SafetensorsLimits.JsonDepth} levels ({place})");
        }
    }

    /// <summary>Steps to the next token, which must be of this type.</summary>
    public void Expect(JsonTokenType type, string of)
    {
        var found = Next();
        if (found != type) throw Refusal($"has {Word(found)} where {of} must be {Word(type)}");
    }

    /// <summary>Steps to the next name of the open object; null at its end.</summary>
    public string? NextName() => Next() is JsonTokenType.PropertyName ? Text() : null;

    /// <summary>Steps to the next value, which must be a string.</summary>
    public string String(string of)
    {
        Expect(JsonTokenType.String, of);
        return Text();
    }

    /// <summary>Steps to the next value of the open array, a whole number from 0 to 2^63 - 1; null at its end.</summary>
    public long? NextNumber(string of)
    {
        var token = Next();
        if (token is JsonTokenType.EndArray) return null;
        return token is JsonTokenType.Number && _reader.TryGetInt64(out var number) && number >= 0
            ? number
            : throw Refusal($"has {of} that hold something other than whole numbers from 0 up (negative, fraction or no number)");
    }

    /// <summary>Steps over the next value, whatever it is.</summary>
    public void SkipValue()
    {
        var depth = 0;
        do
        {
            depth += Next() switch
            {
                JsonTokenType.StartObject or JsonTokenType.StartArray => 1,
                JsonTokenType.EndObject or JsonTokenType.EndArray => -1,
                _ => 0,
            };
        }
        while (depth > 0);
    }

    /// <summary>Refuses anything but blanks after the document.</summary>
    public void End()
    {
        if (Next() is not JsonTokenType.None) throw Refusal("goes on after its end");
    }

    public readonly BadModelException Refusal(string fault) => new(_file, $"{_what} {fault}");

    private readonly string Text()
    {
        if (_reader.ValueSpan.Length > SafetensorsLimits.NameBytes)
        {
            throw Refusal($"has a name of {_reader.ValueSpan.Length} bytes; the limit is {SafetensorsLimits.NameBytes}");
        }

        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refusal("has a string with half a surrogate pair"); // Escaped, so UTF-8 validity did not show it.
        }
    }

    private static string Word(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        JsonTokenType.None => "nothing",
        _ => $"{type}",
    };
}
