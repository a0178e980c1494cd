using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bailiwick.Tests.Evidence;

/// <summary>
/// RFC 8785 over the reader of the platform: an oracle for the leaf writer that shares no code with it. Strict: no
/// duplicate key, no lone surrogate, no text after the end.
/// </summary>
internal static class CanonicalJson
{
    public static string Of(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var output = new StringBuilder();
        Next(ref reader);
        Value(ref reader, output);
        return reader.Read() ? throw new JsonException("text after the end") : output.ToString();
    }

    /// <summary>A number as ECMAScript writes it (RFC 8785 section 3.2.2.3).</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new JsonException("not a number");
        }

        if (value == 0)
        {
            return "0";
        }

        // The platform gives the shortest digits that read back ("R"); the rest is layout.
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var (whole, fraction) = shortest[0].Split('.') is [var left, var right] ? (left, right) : (shortest[0], "");
        var exponent = shortest.Length > 1 ? int.Parse(shortest[1], CultureInfo.InvariantCulture) : 0;
        var digits = (whole + fraction).TrimStart('0');
        var point = whole.Length + exponent - (whole.Length + fraction.Length - digits.Length);
        return (value < 0 ? "-" : "") + Layout(digits.TrimEnd('0'), point);
    }

    private static string Layout(string digits, int point)
    {
        if (point is > 0 and <= 21)
        {
            return digits.Length <= point ? digits.PadRight(point, '0') : digits[..point] + "." + digits[point..];
        }

        if (point is > -6 and <= 0)
        {
            return "0." + new string('0', -point) + digits;
        }

        var mantissa = digits.Length == 1 ? digits : digits[..1] + "." + digits[1..];
        return $"{mantissa}e{(point > 0 ? "+" : "-")}{Math.Abs(point - 1)}";
    }

    private static void Next(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            throw new JsonException("ends early");
        }
    }

    private static void Value(ref Utf8JsonReader reader, StringBuilder output)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Object(ref reader, output);
                break;
            case JsonTokenType.StartArray:
                Array(ref reader, output);
                break;
            case JsonTokenType.String:
                Text(StringOf(ref reader), output);
                break;
            case JsonTokenType.Number:
                output.Append(Number(reader.GetDouble()));
                break;
            default:
                output.Append(Encoding.UTF8.GetString(reader.ValueSpan));
                break;
        }
    }

    private static void Object(ref Utf8JsonReader reader, StringBuilder output)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (Next(ref reader); reader.TokenType != JsonTokenType.EndObject; Next(ref reader))
        {
            var key = StringOf(ref reader);
            var value = new StringBuilder();
            Next(ref reader);
            Value(ref reader, value);
            if (!fields.TryAdd(key, value.ToString()))
            {
                throw new JsonException("duplicate key");
            }
        }

        var items = fields.Select(field =>
        {
            var item = new StringBuilder();
            Text(field.Key, item);
            return item.Append(':').Append(field.Value).ToString();
        });
        output.Append('{').AppendJoin(',', items).Append('}');
    }

    private static void Array(ref Utf8JsonReader reader, StringBuilder output)
    {
        var items = new List<string>();
        for (Next(ref reader); reader.TokenType != JsonTokenType.EndArray; Next(ref reader))
        {
            var item = new StringBuilder();
            Value(ref reader, item);
            items.Add(item.ToString());
        }

        output.Append('[').AppendJoin(',', items).Append(']');
    }

    /// <summary>The platform's reader throws InvalidOperationException for a lone surrogate and for bad UTF-8.</summary>
    private static string StringOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("not a text", error);
        }
    }

    private static void Text(string text, StringBuilder output)
    {
        output.Append('"');
        foreach (var character in text)
        {
            output.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => $"\\u{(int)character:x4}",
                _ => character.ToString(),
            });
        }

        output.Append('"');
    }
}
