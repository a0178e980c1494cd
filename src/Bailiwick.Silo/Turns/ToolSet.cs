using System.Buffers;
using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// The functions of a request, checked, as decoders get them; all doors make one. Faults are words behind the name of a field: they
/// give places, never a client's own names.
/// </summary>
internal sealed class ToolSet
{
    /// <summary>Most functions of a request: the decoder's own bound.</summary>
    public const int Most = 128;

    /// <summary>Most bytes of all functions together.</summary>
    public const int MostBytes = 128 * 1024;

    private const int LongestName = 64;

    private readonly List<string> _names = [];
    private readonly List<string> _strict = [];
    private readonly List<byte[]> _functions = [];
    private int _bytes;

    public bool IsEmpty => _names.Count == 0;

    public bool Has(string name) => _names.Contains(name);

    /// <summary>Whether any format and grammar can hold the name as it is.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-');

    /// <summary>Adds a function.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">For the model; null = none.</param>
    /// <param name="parameters">JSON schema of its arguments; null = no parameters.</param>
    /// <param name="strict">Whether arguments must be valid whatever the choice is.</param>
    /// <returns>What is wrong, null where nothing is: the field within the function, and words behind it.</returns>
    public (string Field, string Fault)? Add(string name, string? description, JsonElement? parameters, bool strict)
    {
        if (!IsName(name))
        {
            return ("name", $"must be 1 to {LongestName} letters, digits, dots, dashes and underscores");
        }

        if (Has(name))
        {
            return ("name", "is the name of another function of this request");
        }

        if (_names.Count == Most)
        {
            return ("name", $"is of one function too many: at most {Most} are taken");
        }

        if (parameters is { } schema && SchemaFaults.OfArguments(schema) is { } path)
        {
            return ("parameters", $"is no JSON schema of an object: see {path}");
        }

        var function = Write(name, description, parameters);
        _bytes += function.Length;
        if (_bytes > MostBytes)
        {
            return ("parameters", $"is too much: the functions of a request may have {MostBytes} bytes together");
        }

        _names.Add(name);
        _functions.Add(function);
        if (strict)
        {
            _strict.Add(name);
        }

        return null;
    }

    /// <summary>Those of them that a model may be told of.</summary>
    public ToolSet Only(IReadOnlySet<string> names)
    {
        var only = new ToolSet();
        for (var i = 0; i < _names.Count; i++)
        {
            if (names.Contains(_names[i]))
            {
                only._names.Add(_names[i]);
                only._functions.Add(_functions[i]);
            }
        }

        only._strict.AddRange(_strict.Where(only.Has));
        return only;
    }

    /// <summary>Puts the functions into a turn, for its template and for the reading of its answer.</summary>
    /// <param name="submit">With a chat.</param>
    /// <param name="choice">Not NONE: a model that may call nothing is told of nothing.</param>
    /// <param name="name">With NAMED.</param>
    /// <param name="parallel">Whether an answer may hold several calls.</param>
    public void Apply(Submit submit, Tools.Types.Choice choice, string name, bool parallel)
    {
        submit.Chat.ToolsJson = Encoding.UTF8.GetString(ToJson());
        submit.Tools = new Tools { Choice = choice, Name = name, Parallel = parallel, Strict = { _strict } };
    }

    /// <summary>What a record commits to: the messages, and where there are functions these beside them.</summary>
    /// <param name="messages">Canonical JSON.</param>
    public byte[] Prompt(byte[] messages) => TurnHistory.Prompt(messages, IsEmpty ? "" : Encoding.UTF8.GetString(ToJson()));

    private byte[] ToJson()
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("["u8);
        for (var i = 0; i < _functions.Count; i++)
        {
            output.Write(i == 0 ? ""u8 : ","u8);
            output.Write(_functions[i]);
        }

        output.Write("]"u8);
        return output.WrittenSpan.ToArray();
    }

    // In the order that models were trained with.
    private static byte[] Write(string name, string? description, JsonElement? parameters)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, name);
            if (description is not null)
            {
                json.WriteString("description"u8, description);
            }

            json.WritePropertyName("parameters"u8);
            if (parameters is { } schema)
            {
                schema.WriteTo(json);
            }
            else
            {
                json.WriteRawValue("""{"type":"object","properties":{}}"""u8);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }
}
