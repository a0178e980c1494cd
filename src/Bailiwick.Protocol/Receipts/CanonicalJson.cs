using System.Buffers;
using System.Text.Json;

namespace Bailiwick.Protocol.Receipts;

/// <summary>
/// One spelling for a JSON value, so that caller and cluster commit to the same bytes: object keys sorted by UTF-16 code units, no
/// white space, the shortest escapes of RFC 8785 section 3.2.2.2. Numbers keep the spelling that they came with (a stated difference
/// to RFC 8785, which would read them as doubles).
/// </summary>
public static class CanonicalJson
{
    private const string HexDigits = "0123456789abcdef";

    /// <summary>UTF-8 of the canonical form.</summary>
    /// <exception cref="InvalidOperationException">A text with a lone surrogate: it has no UTF-8.</exception>
    public static byte[] Of(JsonElement value)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(value, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Canonical form of a list of messages with role and content.</summary>
    public static byte[] OfMessages(IEnumerable<(string Role, string Content)> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var output = new ArrayBufferWriter<byte>();
        output.Write("["u8);
        var first = true;
        foreach (var (role, content) in messages)
        {
            output.Write(first ? "{\"content\":"u8 : ",{\"content\":"u8);
            first = false;
            WriteText(content, output);
            output.Write(",\"role\":"u8);
            WriteText(role, output);
            output.Write("}"u8);
        }

        output.Write("]"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Canonical form of the calls of an answer: what its commitment covers behind the content. Arguments are a text here.</summary>
    public static byte[] OfCalls(IEnumerable<(string Name, string Arguments)> calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        var output = new ArrayBufferWriter<byte>();
        output.Write("["u8);
        var first = true;
        foreach (var (name, arguments) in calls)
        {
            output.Write(first ? "{\"arguments\":"u8 : ",{\"arguments\":"u8);
            first = false;
            WriteText(arguments, output);
            output.Write(",\"name\":"u8);
            WriteText(name, output);
            output.Write("}"u8);
        }

        output.Write("]"u8);
        return output.WrittenSpan.ToArray();
    }

    private static void Write(JsonElement value, ArrayBufferWriter<byte> output)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, output);
                break;
            case JsonValueKind.Array:
                output.Write("["u8);
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    output.Write(first ? ""u8 : ","u8);
                    first = false;
                    Write(item, output);
                }

                output.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteText(value.GetString()!, output);
                break;
            default:
                output.Write(RawText(value));
                break;
        }
    }

    private static void WriteObject(JsonElement value, ArrayBufferWriter<byte> output)
    {
        output.Write("{"u8);
        var first = true;
        foreach (var property in value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
        {
            output.Write(first ? ""u8 : ","u8);
            first = false;
            WriteText(property.Name, output);
            output.Write(":"u8);
            Write(property.Value, output);
        }

        output.Write("}"u8);
    }

    private static byte[] RawText(JsonElement value) => System.Text.Encoding.UTF8.GetBytes(value.GetRawText());

    private static void WriteText(string text, ArrayBufferWriter<byte> output)
    {
        output.Write("\""u8);
        var plain = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] >= ' ' && text[i] is not ('"' or '\\'))
            {
                continue;
            }

            WritePlain(text.AsSpan(plain, i - plain), output);
            output.Write(Escape(text[i]));
            plain = i + 1;
        }

        WritePlain(text.AsSpan(plain), output);
        output.Write("\""u8);
    }

    private static void WritePlain(ReadOnlySpan<char> text, ArrayBufferWriter<byte> output)
    {
        if (text.IsEmpty)
        {
            return;
        }

        var strict = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        try
        {
            output.Advance(strict.GetBytes(text, output.GetSpan(strict.GetMaxByteCount(text.Length))));
        }
        catch (System.Text.EncoderFallbackException)
        {
            throw new InvalidOperationException("The text holds half of a surrogate pair, which has no UTF-8.");
        }
    }

    private static byte[] Escape(char character) => character switch
    {
        '"' => [(byte)'\\', (byte)'"'],
        '\\' => [(byte)'\\', (byte)'\\'],
        '\b' => [(byte)'\\', (byte)'b'],
        '\t' => [(byte)'\\', (byte)'t'],
        '\n' => [(byte)'\\', (byte)'n'],
        '\f' => [(byte)'\\', (byte)'f'],
        '\r' => [(byte)'\\', (byte)'r'],
        _ => [(byte)'\\', (byte)'u', (byte)'0', (byte)'0', (byte)HexDigits[character >> 4], (byte)HexDigits[character & 15]],
    };
}
