using System.Text.Json.Nodes;
using Bailiwick.Text.Templates;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>
/// Seeded conversations of a shape that the own templates understand. Client text is drawn from letters that occur in
/// no template, so that <see cref="Substitute"/> can exchange all of it; an adversarial one also holds markers,
/// white space, quotes and emoji.
/// </summary>
internal sealed class RandomConversation(Random random, bool adversarial)
{
    /// <summary>Keys and words that templates look up: client text too, but it must stay as it is.</summary>
    public static readonly string[] StructuralWords =
    [
        "type", "function", "name", "description", "parameters", "arguments", "code", "role", "content", "id", "text",
        "tool_call_id", "results", "properties",
    ];

    private static readonly string[] Fragments =
    [
        "<|im_start|>", "<|im_end|>", "<|im_", "end|>", "<|", "|>", "<think>", "</think>", "<|eot_id|>", "[INST]", "[/INST]", "</s>", "<s>",
        "<|channel>", "<channel|>", "<turn|>", "<|turn>", "<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>", "</tools>", "/quiet", " ", "\n", "\t",
        "\"", "'", "\\", "\u0001", "\u2028", "{{", "%}", "&lt;", "😀", "😁", "\0",
    ];

    public TemplateContext Next() => new()
    {
        MessagesJson = new JsonArray([.. Enumerable.Range(0, random.Next(1, 6)).Select(Message)]).ToJsonString(),
        ToolsJson = random.Next(2) == 0 ? "null" : new JsonArray(Tool(), Tool()).ToJsonString(),
        DocumentsJson = random.Next(2) == 0 ? "null" : new JsonArray(FreeMapping()).ToJsonString(),
        BosToken = "<s>",
        EosToken = "</s>",
        AddGenerationPrompt = random.Next(2) == 0,
        Now = TemplateCase.Now,
    };

    /// <summary>Every letter of ours by the one 16 places on, and an emoji by its neighbour: same case, same order.</summary>
    public static TemplateContext Substitute(TemplateContext context) => context with
    {
        MessagesJson = Substitute(context.MessagesJson),
        ToolsJson = Substitute(context.ToolsJson!),
        DocumentsJson = Substitute(context.DocumentsJson!),
    };

    /// <summary>Whether the substitution changes it.</summary>
    public static bool IsSubstituted(char c) => c is >= 'А' and <= 'П' or >= 'а' and <= 'п' or '\ude00' or '\ude01';

    private static string Substitute(string json)
    {
        // JsonNode escapes what is not ASCII; unescaped text is as good JSON.
        var characters = System.Text.RegularExpressions.Regex.Replace(
            json, @"\\u(04[0-9A-Fa-f]{2}|DE0[01])", match => Exchange((char)Convert.ToInt32(match.Groups[1].Value, 16)));
        return characters;
    }

    private static string Exchange(char c) => $"\\u{(IsSubstituted(c) ? c + 16 : c):x4}";

    private JsonNode? Message(int index)
    {
        var role = index == 0 && random.Next(3) == 0 ? "system" : random.Next(4) switch { 0 => "assistant", 1 => "tool", _ => "user" };
        var message = new JsonObject { ["role"] = role, ["content"] = Text() };
        if (role == "tool")
        {
            message["tool_call_id"] = Text();
        }
        else if (role == "assistant" && random.Next(2) == 0)
        {
            message["tool_calls"] = new JsonArray(new JsonObject
            {
                ["id"] = Text(),
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = Text(), ["arguments"] = FreeMapping() },
            });
        }

        return message;
    }

    private JsonObject Tool() => new() { ["name"] = Text(), ["description"] = Text(), ["parameters"] = FreeMapping() };

    private JsonObject FreeMapping()
    {
        var mapping = new JsonObject();
        for (var i = random.Next(4); i > 0; i--)
        {
            mapping[Text() + i switch { 1 => "а", 2 => "б", _ => "в" }] = Text();
        }

        return mapping;
    }

    private string Text()
    {
        var parts = Enumerable.Range(0, random.Next(1, 8)).Select(_ => adversarial && random.Next(2) == 0
            ? Fragments[random.Next(Fragments.Length)]
            : ((char)((random.Next(4) == 0 ? 'А' : 'а') + random.Next(16))).ToString());
        return string.Concat(parts);
    }
}
