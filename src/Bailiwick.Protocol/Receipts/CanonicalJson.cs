using System.Buffers;
using System.Text.Json;
using Bailiwick.Protocol.Inference.V1;

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
        return OfMessages(messages.Select(static message => new Message { Role = message.Role, Content = message.Content }));
    }

    /// <summary>Canonical form of messages of the public protocol, calls and their results included.</summary>
    public static byte[] OfMessages(IEnumerable<Message> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var output = new ArrayBufferWriter<byte>();
        output.Write("["u8);
        var first = true;
        foreach (var message in messages)
        {
            output.Write(first ? "{\"content\":"u8 : ",{\"content\":"u8);
            first = false;
            WriteText(message.Content, output);
            output.Write(",\"role\":"u8);
            WriteText(message.Role, output);
            if (message.ToolCallId.Length > 0)
            {
                output.Write(",\"tool_call_id\":"u8);
                WriteText(message.ToolCallId, output);
            }

            WriteCalls(message, output);
            output.Write("}"u8);
        }

        output.Write("]"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>What the record of a chat commits to.</summary>
    /// <param name="request">As it is sent. With tool_choice NONE the functions are not part of it.</param>
    public static byte[] OfRequest(ChatRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var messages = OfMessages(request.Instructions.Length == 0
            ? request.Messages
            : [new Message { Role = "system", Content = request.Instructions }, .. request.Messages]);
        if (request.Tools.Count == 0 || request.ToolChoice?.Mode == ToolMode.None)
        {
            return messages;
        }

        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartArray();
            foreach (var tool in request.Tools)
            {
                json.WriteStartObject();
                json.WriteStartObject("function"u8);
                if (tool.Description.Length > 0)
                {
                    json.WriteString("description"u8, tool.Description);
                }

                json.WriteString("name"u8, tool.Name);
                json.WritePropertyName("parameters"u8);
                json.WriteRawValue(tool.ParametersJson.Length > 0 ? tool.ParametersJson : """{"type":"object","properties":{}}""");
                json.WriteEndObject();
                json.WriteString("type"u8, "function"u8);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        using var tools = JsonDocument.Parse(output.WrittenMemory);
        return OfChat(messages, tools.RootElement);
    }

    private static void WriteCalls(Message message, ArrayBufferWriter<byte> output)
    {
        for (var i = 0; i < message.ToolCalls.Count; i++)
        {
            var call = message.ToolCalls[i];
            output.Write(i == 0 ? ",\"tool_calls\":["u8 : ","u8);
            output.Write("{\"function\":{\"arguments\":"u8);
            WriteText(call.ArgumentsJson, output);
            output.Write(",\"name\":"u8);
            WriteText(call.Name, output);
            output.Write("},\"id\":"u8);
            WriteText(call.Id, output);
            output.Write(",\"type\":\"function\"}"u8);
        }

        if (message.ToolCalls.Count > 0)
        {
            output.Write("]"u8);
        }
    }

    /// <summary>Canonical form of a request with functions: an object of its messages and its tools.</summary>
    /// <param name="messages">Canonical form of the messages.</param>
    /// <param name="tools">The functions, in OpenAI's shape.</param>
    public static byte[] OfChat(ReadOnlySpan<byte> messages, JsonElement tools)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("{\"messages\":"u8);
        output.Write(messages);
        output.Write(",\"tools\":"u8);
        Write(tools, output);
        output.Write("}"u8);
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
