using System.Buffers;
using System.Text.Json;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// Messages as the model's template gets them and as the record commits to them: role and content as one text, and of the other
/// fields those that templates read. `developer` is OpenAI's later word for `system` and becomes that; text parts are joined by a
/// line break, as other servers do; what a client only sends back (refusal, annotations, …) is dropped.
/// </summary>
internal static class RequestMessages
{
    /// <summary>Most messages of a request.</summary>
    public const int Most = 2048;

    private static readonly string[] Kept = ["name", "reasoning_content", "tool_call_id"];

    /// <summary>Canonical JSON of the messages; empty with a fault.</summary>
    public static byte[] Read(RequestFields request)
    {
        const string Field = "messages";
        if (request.Any(Field) is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() is 0 or > Most)
        {
            request.Refuse(Field, $"must be an array of 1 to {Most} messages");
            return [];
        }

        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, AnswerJson.Options))
        {
            json.WriteStartArray();
            var index = 0;
            foreach (var message in messages.EnumerateArray())
            {
                if (message.ValueKind != JsonValueKind.Object)
                {
                    request.Refuse($"{Field}[{index}]", "must be an object");
                    return [];
                }

                WriteMessage(json, request.Item(message, $"{Field}[{index}]"));
                if (request.Fault is not null)
                {
                    return [];
                }

                index++;
            }

            json.WriteEndArray();
        }

        using var normalised = JsonDocument.Parse(output.WrittenMemory, new JsonDocumentOptions { MaxDepth = RequestJson.MaxDepth });
        return CanonicalJson.Of(normalised.RootElement);
    }

    private static void WriteMessage(Utf8JsonWriter json, RequestFields message)
    {
        var role = Role(message);
        var calls = ToolCalls(message, role);
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", Content(message, isOptional: calls is not null));
        foreach (var field in Kept)
        {
            if (message.Text(field) is { } text)
            {
                json.WriteString(field, text);
            }
        }

        if (calls is { } kept)
        {
            json.WritePropertyName("tool_calls");
            kept.WriteTo(json);
        }

        json.WriteEndObject();
        if (role == "tool" && message.Text("tool_call_id") is null)
        {
            message.Refuse("tool_call_id", "is missing: a message of role tool answers a call");
        }
    }

    private static string Role(RequestFields message)
    {
        var role = message.Required("role");
        if (role is not ("system" or "developer" or "user" or "assistant" or "tool"))
        {
            message.Refuse("role", "must be system, developer, user, assistant or tool");
        }

        return role == "developer" ? "system" : role;
    }

    private static JsonElement? ToolCalls(RequestFields message, string role)
    {
        const string Field = "tool_calls";
        if (message.Any("function_call") is not null)
        {
            message.Unsupported("function_call", "is OpenAI's former form of tool_calls and is not served");
        }

        if (message.Any(Field) is not { } calls || (calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() == 0))
        {
            return null;
        }

        if (role != "assistant" || calls.ValueKind != JsonValueKind.Array)
        {
            message.Refuse(Field, "must be an array, in messages of role assistant");
            return null;
        }

        var index = 0;
        foreach (var call in calls.EnumerateArray())
        {
            CheckCall(message, call, $"{Field}[{index++}]");
        }

        return calls;
    }

    private static void CheckCall(RequestFields message, JsonElement call, string path)
    {
        if (call.ValueKind != JsonValueKind.Object || message.Item(call, path) is not { } fields || fields.Object("function") is not { } function)
        {
            message.Refuse(path, "must be an object with a function");
            return;
        }

        fields.Required("id");
        function.Required("arguments");
        if (!ToolSet.IsName(function.Required("name")))
        {
            function.Refuse("name", "is no name that a function can have");
        }
    }

    private static string Content(RequestFields message, bool isOptional)
    {
        const string Field = "content";
        switch (message.Any(Field))
        {
            case { ValueKind: JsonValueKind.String } text:
                return text.GetString()!;
            case { ValueKind: JsonValueKind.Array } parts:
                return Joined(message, parts);
            case null when isOptional:
                return "";
            default:
                message.Refuse(Field, "must be a string or an array of parts");
                return "";
        }
    }

    private static string Joined(RequestFields message, JsonElement parts)
    {
        var texts = new List<string>();
        foreach (var part in parts.EnumerateArray())
        {
            var field = $"content[{texts.Count}]";
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
            {
                message.Refuse(field, "must be an object with a type");
                return "";
            }

            if (!type.ValueEquals("text"u8))
            {
                message.Unsupported(field, "is no text: this door takes parts of type text only");
                return "";
            }

            if (!part.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String)
            {
                message.Refuse(field + ".text", "must be a string");
                return "";
            }

            texts.Add(text.GetString()!);
        }

        return string.Join('\n', texts);
    }
}
