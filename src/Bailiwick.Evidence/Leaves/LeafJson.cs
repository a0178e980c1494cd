using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>
/// Leaf bytes: JSON equal to its own RFC 8785 form, because nothing that has two spellings is allowed in. Reader and
/// writer take exactly the same set of bytes, so hashing the stored bytes is hashing the canonical form.
/// </summary>
internal static class LeafJson
{
    /// <summary>Objects in objects: the leaf itself, then its parts.</summary>
    public const int MaxDepth = 3;

    private static readonly SearchValues<byte> TextBytes = SearchValues.Create(
        Enumerable.Range('!', '~' - '!' + 1).Where(value => value is not ('"' or '\\')).Select(value => (byte)value).ToArray());

    private static readonly SearchValues<char> TextCharacters = SearchValues.Create(
        Enumerable.Range('!', '~' - '!' + 1).Where(value => value is not ('"' or '\\')).Select(value => (char)value).ToArray());

    /// <summary>True for text that may stand in a leaf, or be one of its keys.</summary>
    public static bool IsText(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(TextCharacters);

    public static void Write(LeafValue value, IBufferWriter<byte> output)
    {
        switch (value)
        {
            case LeafText text:
                WriteText(text.Value, output);
                break;
            case LeafNumber number:
                Utf8Formatter.TryFormat(number.Value, output.GetSpan(20), out var written);
                output.Advance(written);
                break;
            case LeafList list:
                WriteList(list, output);
                break;
            case LeafObject @object:
                WriteObject(@object, output);
                break;
        }
    }

    public static bool TryParse(
        ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LeafObject? value, [NotNullWhen(false)] out Fault? fault)
    {
        var parser = new Parser(bytes);
        value = parser.Object(1);
        if (value is not null && !parser.IsAtEnd)
        {
            value = null;
        }

        fault = value is null
            ? new Fault(FaultCode.LeafJson, "not the canonical JSON of a leaf", $"byte {parser.Position}")
            : null;
        return value is not null;
    }

    private static void WriteText(string text, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(text.Length + 2);
        span[0] = (byte)'"';
        Encoding.ASCII.GetBytes(text, span[1..]);
        span[text.Length + 1] = (byte)'"';
        output.Advance(text.Length + 2);
    }

    private static void WriteList(LeafList list, IBufferWriter<byte> output)
    {
        output.Write("["u8);
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            WriteText(list.Items[i], output);
        }

        output.Write("]"u8);
    }

    private static void WriteObject(LeafObject value, IBufferWriter<byte> output)
    {
        output.Write("{"u8);
        var isFirst = true;
        foreach (var (key, field) in value.Fields)
        {
            if (!isFirst)
            {
                output.Write(","u8);
            }

            isFirst = false;
            WriteText(key, output);
            output.Write(":"u8);
            Write(field, output);
        }

        output.Write("}"u8);
    }

    /// <summary>Recursive descent over a known, small depth. A null is a refusal; Position then says where.</summary>
    private ref struct Parser(ReadOnlySpan<byte> bytes)
    {
        private const int MaxDigits = 16;
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Position { get; private set; }

        public readonly bool IsAtEnd => Position == _bytes.Length;

        public LeafObject? Object(int depth)
        {
            if (depth > MaxDepth || !Take((byte)'{'))
            {
                return null;
            }

            var fields = new List<KeyValuePair<string, LeafValue>>();
            var previous = "";
            do
            {
                if (Text() is not string key || string.CompareOrdinal(key, previous) <= 0 || !Take((byte)':')
                    || Value(depth) is not LeafValue field)
                {
                    return null;
                }

                fields.Add(new(key, field));
                previous = key;
            }
            while (Take((byte)','));
            return Take((byte)'}') ? new LeafObject(fields) : null;
        }

        private LeafValue? Value(int depth) => Peek() switch
        {
            (byte)'"' => Text() is string text ? new LeafText(text) : null,
            (byte)'[' => List(),
            (byte)'{' => Object(depth + 1),
            _ => Number(),
        };

        private LeafList? List()
        {
            Take((byte)'[');
            var items = new List<string>();
            if (Take((byte)']'))
            {
                return new LeafList(items);
            }

            do
            {
                if (Text() is not string item)
                {
                    return null;
                }

                items.Add(item);
            }
            while (Take((byte)','));
            return Take((byte)']') ? new LeafList(items) : null;
        }

        private string? Text()
        {
            if (!Take((byte)'"'))
            {
                return null;
            }

            var length = _bytes[Position..].IndexOfAnyExcept(TextBytes);
            if (length <= 0)
            {
                return null;
            }

            var text = Encoding.ASCII.GetString(_bytes.Slice(Position, length));
            Position += length;
            return Take((byte)'"') ? text : null;
        }

        private LeafNumber? Number()
        {
            var isNegative = Take((byte)'-');
            var digits = _bytes[Position..];
            var length = digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            digits = length < 0 ? digits : digits[..length];
            if (digits.Length is 0 or > MaxDigits || (digits[0] == '0' && (digits.Length > 1 || isNegative)))
            {
                return null;
            }

            if (!Utf8Parser.TryParse(digits, out long value, out _) || value > LeafNumber.Max)
            {
                return null;
            }

            Position += digits.Length;
            return new LeafNumber(isNegative ? -value : value);
        }

        private readonly byte Peek() => IsAtEnd ? (byte)0 : _bytes[Position];

        private bool Take(byte wanted)
        {
            var isThere = Peek() == wanted;
            Position += isThere ? 1 : 0;
            return isThere;
        }
    }
}
