using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates;

/// <summary>
/// Reads the JSON of a request into values whose strings and keys are client text. Strict: no repeated keys, no lone
/// surrogates, at most <see cref="MaxDepth"/> levels. Numbers as in Python: 41 is an int, 41.0 a float.
/// </summary>
internal ref struct ChatJson
{
    /// <summary>Levels of arrays and objects.</summary>
    public const int MaxDepth = 64;

    /// <summary>Digits of the longest number; Python's own limit for ints is 4,300.</summary>
    private const int MaxDigits = 1_000;

    private readonly string _part;
    private Utf8JsonReader _reader;

    private ChatJson(string part, ReadOnlySpan<byte> json)
    {
        _part = part;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>Where a value stands: a role and a part's type are only trusted in their places.</summary>
    private enum Place
    {
        Other,
        Messages,
        Message,
        Role,
        Content,
        Part,
        PartType,
    }

    public static Value Read(string part, string json) => Read(part, json, Place.Other);

    public static ListValue ReadMessages(string json, ReasoningTags? reasoning)
    {
        if (Read("messages", json, Place.Messages) is not ListValue messages || !messages.Items.All(item => item is DictValue))
        {
            throw new InvalidChatException("messages", "it is not a JSON array of objects");
        }

        return reasoning is null
            ? messages
            : new ListValue([.. messages.Items.Select(item => Reasoning.Trust((DictValue)item, reasoning))]);
    }

    private static Value Read(string part, string json, Place place)
    {
        if (UnicodeText.HasLoneSurrogate(json))
        {
            throw new InvalidChatException(part, "it holds a lone surrogate, which is not Unicode text");
        }

        try
        {
            var reader = new ChatJson(part, Encoding.UTF8.GetBytes(json));
            reader._reader.Read();
            var value = reader.ReadValue(place);
            reader._reader.Read();
            return value;
        }
        catch (LimitReached error)
        {
            throw new InvalidChatException(part, error.Message);
        }
        catch (JsonException error)
        {
            throw new InvalidChatException(part, string.Create(
                CultureInfo.InvariantCulture,
                $"it is not JSON of at most {MaxDepth} levels (line {error.LineNumber + 1}, byte {error.BytePositionInLine})"));
        }
    }

    private Value ReadValue(Place place)
    {
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(place);
            case JsonTokenType.StartArray:
                return ReadArray(place);
            case JsonTokenType.String:
                return ReadText(place);
            case JsonTokenType.Number:
                return ReadNumber();
            case JsonTokenType.Null:
                return NoneValue.None;
            default:
                return Value.Of(_reader.TokenType == JsonTokenType.True);
        }
    }

    private ListValue ReadArray(Place place)
    {
        var inner = place switch
        {
            Place.Messages => Place.Message,
            Place.Content => Place.Part,
            _ => Place.Other,
        };
        var items = new List<Value>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadValue(inner));
        }

        return new ListValue(items);
    }

    private DictValue ReadObject(Place place)
    {
        var entries = new List<KeyValuePair<Value, Value>>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var key = ReadString();
            if (!keys.Add(key))
            {
                throw new InvalidChatException(_part, "an object in it has a key twice");
            }

            _reader.Read();
            entries.Add(KeyValuePair.Create<Value, Value>(TextValue.Client(key), ReadValue((place, key) switch
            {
                (Place.Message, "role") => Place.Role,
                (Place.Message, "content") => Place.Content,
                (Place.Part, "type") => Place.PartType,
                _ => Place.Other,
            })));
        }

        return new DictValue(entries);
    }

    private TextValue ReadText(Place place)
    {
        var text = ReadString();
        var isTrusted = (place == Place.Role && TrustedWords.Roles.Contains(text)) ||
            (place == Place.PartType && TrustedWords.PartTypes.Contains(text));
        return isTrusted ? TextValue.Template(text) : TextValue.Client(text);
    }

    private string ReadString()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // What an escape sequence for a lone surrogate gives.
            throw new InvalidChatException(_part, "it holds a lone surrogate, which is not Unicode text");
        }
    }

    private Value ReadNumber()
    {
        var digits = _reader.ValueSpan;
        if (digits.Length > MaxDigits)
        {
            throw new InvalidChatException(_part, $"it holds a number of more than {MaxDigits} digits");
        }

        if (digits.IndexOfAny(".eE"u8) < 0)
        {
            return IntValue.Of(BigInteger.Parse(Encoding.ASCII.GetString(digits), CultureInfo.InvariantCulture), Origin.Client);
        }

        var number = double.Parse(digits, CultureInfo.InvariantCulture);
        return double.IsFinite(number)
            ? new FloatValue(number, Origin.Client)
            : throw new InvalidChatException(_part, "it holds a number that is out of range");
    }
}
