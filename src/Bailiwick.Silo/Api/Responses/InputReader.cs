using System.Text.Json;
using Bailiwick.Silo.Api.OpenAi;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>Reads `input`: a text, or items. A fault names the item and the field.</summary>
internal static class InputReader
{
    public const string Field = "input";

    /// <summary>Most items of a request.</summary>
    public const int Most = 2048;

    private const int LongestId = 256;

    /// <summary>The items; what came before a fault.</summary>
    public static IReadOnlyList<InputItem> Read(RequestFields request)
    {
        var items = new List<InputItem>();
        switch (request.Any(Field))
        {
            case { ValueKind: JsonValueKind.String } text:
                return [new MessageItem(null, "user", [text.GetString()!])];
            case { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() is > 0 and <= Most:
                foreach (var entry in list.EnumerateArray())
                {
                    var path = $"{Field}[{items.Count}]";
                    if (entry.ValueKind != JsonValueKind.Object)
                    {
                        request.Refuse(path, "must be an object");
                        return items;
                    }

                    if (Item(request.Item(entry, path), path) is not { } item || request.Fault is not null)
                    {
                        return items;
                    }

                    items.Add(item);
                }

                break;
            default:
                request.Refuse(Field, $"must be a string or an array of 1 to {Most} items");
                break;
        }

        return items;
    }

    private static InputItem? Item(RequestFields item, string path)
    {
        // A message without a type is OpenAI's short form.
        var type = item.Text("type") ?? (item.Any("role") is null ? "" : "message");
        switch (type)
        {
            case "message":
                return new MessageItem(Id(item), Role(item), Texts(item, "content"));
            case "function_call":
                return new CallItem(
                    Id(item), item.Required("call_id"), new CallName(item.Text("namespace"), item.Required("name")), item.Required("arguments"));
            case "function_call_output":
                return new ResultItem(Id(item), item.Required("call_id"), string.Join('\n', Texts(item, "output")));
            case "reasoning":
                return Reasoning(item);
            case "item_reference":
                return new ReferenceItem(item.Required("id"), path + ".id");
            default:
                item.Unsupported("type", "is none of message, function_call, function_call_output, reasoning and item_reference");
                return null;
        }
    }

    private static ReasoningItem Reasoning(RequestFields item)
    {
        if (item.Any("encrypted_content") is not null)
        {
            item.Unsupported("encrypted_content", "was sealed by another server and cannot be read here");
        }

        return new ReasoningItem(Id(item), item.Any("content") is null ? "" : string.Join('\n', Texts(item, "content")));
    }

    private static string? Id(RequestFields item)
    {
        var id = item.Text("id");
        if (id?.Length is 0 or > LongestId)
        {
            item.Refuse("id", $"must have 1 to {LongestId} characters");
        }

        return id;
    }

    private static string Role(RequestFields item)
    {
        var role = item.Required("role");
        if (role is not ("system" or "developer" or "user" or "assistant"))
        {
            item.Refuse("role", "must be system, developer, user or assistant");
        }

        return role;
    }

    /// <summary>A string, or parts of text.</summary>
    private static List<string> Texts(RequestFields item, string field)
    {
        switch (item.Any(field))
        {
            case { ValueKind: JsonValueKind.String } text:
                return [text.GetString()!];
            case { ValueKind: JsonValueKind.Array } parts:
                return Parts(item, field, parts);
            default:
                item.Refuse(field, "must be a string or an array of parts");
                return [];
        }
    }

    private static List<string> Parts(RequestFields item, string field, JsonElement parts)
    {
        var texts = new List<string>();
        foreach (var entry in parts.EnumerateArray())
        {
            var path = $"{field}[{texts.Count}]";
            if (entry.ValueKind != JsonValueKind.Object)
            {
                item.Refuse(path, "must be an object");
                return texts;
            }

            var part = item.Item(entry, path);
            switch (part.Required("type"))
            {
                case "input_text" or "output_text" or "text" or "reasoning_text":
                    texts.Add(part.Required("text"));
                    break;
                case "refusal":
                    texts.Add(part.Required("refusal"));
                    break;
                default:
                    part.Unsupported("type", "is no text: this door takes parts of type input_text and output_text only");
                    return texts;
            }
        }

        return texts;
    }
}
