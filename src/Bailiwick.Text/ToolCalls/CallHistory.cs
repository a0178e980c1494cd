using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bailiwick.Text.ToolCalls;

/// <summary>
/// Writes a conversation again so that a template finds earlier calls and results as it wants them. Everything stays client text: the
/// template engine gets strings, whose letters can become no control token.
/// </summary>
internal static class CallHistory
{
    private const int ShortIdLength = 9;
    private const string ShortIdLetters = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>Messages that no call or result stands in are given back as they are.</summary>
    /// <param name="messagesJson">A JSON array in OpenAI's shape.</param>
    /// <param name="style">Null: the template knows no calls, they become plain text.</param>
    public static string Rewrite(string messagesJson, HistoryStyle? style)
    {
        if (Parse(messagesJson) is not { } messages || !messages.Any(message => HasCalls(message) || IsResult(message)))
        {
            return messagesJson;
        }

        if (style is null)
        {
            return AsText(messages).ToJsonString(CallJson.Options);
        }

        foreach (var message in messages.OfType<JsonObject>())
        {
            Adapt(message, style);
        }

        return messages.ToJsonString(CallJson.Options);
    }

    /// <summary>Null where it is none; what it is instead, the template engine says.</summary>
    public static JsonArray? Parse(string messagesJson)
    {
        try
        {
            return JsonNode.Parse(messagesJson, documentOptions: new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false }) as JsonArray;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool HasCalls(JsonNode? message) => message is JsonObject one && one["tool_calls"] is JsonArray { Count: > 0 };

    private static bool IsResult(JsonNode? message) => message is JsonObject one && Text(one["role"]) == "tool";

    private static void Adapt(JsonObject message, HistoryStyle style)
    {
        if (style.ShortIds && Text(message["tool_call_id"]) is { } result)
        {
            message["tool_call_id"] = ShortId(result);
        }

        if (!HasCalls(message))
        {
            return;
        }

        if (string.IsNullOrEmpty(Text(message["content"])))
        {
            message["content"] = style.NullContent ? null : "";
        }

        foreach (var call in message["tool_calls"]!.AsArray().OfType<JsonObject>())
        {
            if (style.ShortIds && Text(call["id"]) is { } id)
            {
                call["id"] = ShortId(id);
            }

            if (call["function"] is JsonObject function)
            {
                AdaptArguments(function, style);
            }
        }
    }

    private static void AdaptArguments(JsonObject function, HistoryStyle style)
    {
        var given = function["arguments"];
        if (style.ArgumentsAsText && given is JsonObject or JsonArray)
        {
            function["arguments"] = given.ToJsonString(CallJson.Options);
        }
        else if (!style.ArgumentsAsText && Text(given) is { } text)
        {
            // Arguments that are no JSON, such as a cut answer's, stay the text that they are.
            function["arguments"] = ParseObject(text) ?? given!.DeepClone();
        }
    }

    private static JsonNode? ParseObject(string text)
    {
        try
        {
            return text.Length == 0
                ? new JsonObject()
                : JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string ShortId(string id)
    {
        if (id.Length == ShortIdLength && id.All(char.IsAsciiLetterOrDigit))
        {
            return id;
        }

        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(id));
        return new string([.. digest.Take(ShortIdLength).Select(part => ShortIdLetters[part % ShortIdLetters.Length])]);
    }

    /// <summary>Calls as lines of JSON, as the guided form asks for them; results as what the user says next.</summary>
    private static JsonArray AsText(JsonArray messages)
    {
        var (written, names) = (new JsonArray(), new Dictionary<string, string>(StringComparer.Ordinal));
        JsonObject? results = null;
        foreach (var message in messages)
        {
            if (message is JsonObject result && IsResult(result))
            {
                var line = $"Result of {names.GetValueOrDefault(Text(result["tool_call_id"]) ?? "", "the call")}: {Text(result["content"])}";
                if (results is null)
                {
                    written.Add(results = new JsonObject { ["role"] = "user", ["content"] = line });
                }
                else
                {
                    results["content"] = $"{Text(results["content"])}\n{line}";
                }

                continue;
            }

            results = null;
            written.Add(HasCalls(message) ? CallsAsText(message!.AsObject(), names) : message?.DeepClone());
        }

        return written;
    }

    private static JsonObject CallsAsText(JsonObject message, Dictionary<string, string> names)
    {
        var lines = new List<string>();
        if (Text(message["content"]) is { Length: > 0 } content)
        {
            lines.Add(content);
        }

        foreach (var call in message["tool_calls"]!.AsArray().OfType<JsonObject>())
        {
            var name = Text(call["function"]?["name"]) ?? "";
            var arguments = Text(call["function"]?["arguments"]) ?? call["function"]?["arguments"]?.ToJsonString(CallJson.Options) ?? "{}";
            lines.Add($"{{\"name\": \"{name}\", \"arguments\": {arguments}}}");
            if (Text(call["id"]) is { } id)
            {
                names[id] = name;
            }
        }

        return new JsonObject { ["role"] = "assistant", ["content"] = string.Join('\n', lines) };
    }
}
