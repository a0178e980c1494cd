using System.Text;
using System.Text.Json.Nodes;

namespace Bailiwick.Text.ToolCalls;

/// <summary>Tells a model that knows no calls of its own about functions, and how to call them: in a system message of a fixed form.</summary>
internal static class GuidedPrompt
{
    /// <param name="messagesJson">A JSON array in OpenAI's shape.</param>
    /// <param name="toolsJson">The request's tools, in OpenAI's shape.</param>
    /// <param name="takesSystem">Whether the template takes a system message; otherwise the first user message tells.</param>
    public static string Write(string messagesJson, string toolsJson, bool takesSystem)
    {
        if (CallHistory.Parse(messagesJson) is not { } messages || CallHistory.Parse(toolsJson) is not { } tools)
        {
            return messagesJson;
        }

        var told = Tell(tools);
        var role = takesSystem ? "system" : "user";
        if (messages.OfType<JsonObject>().FirstOrDefault(message => CallHistory.Text(message["role"]) == role) is { } first
            && CallHistory.Text(first["content"]) is { } content)
        {
            first["content"] = takesSystem ? $"{content}\n\n{told}" : $"{told}\n\n{content}";
        }
        else
        {
            messages.Insert(0, new JsonObject { ["role"] = role, ["content"] = told });
        }

        return messages.ToJsonString(CallJson.Options);
    }

    private static string Tell(JsonArray tools)
    {
        var text = new StringBuilder("You can call functions. These exist, with the JSON schema of their arguments:\n");
        foreach (var function in tools.Select(tool => tool?["function"]).OfType<JsonObject>())
        {
            text.Append(function.ToJsonString(CallJson.Options)).Append('\n');
        }

        return text
            .Append("To call one, answer with a line of JSON and nothing else: {\"name\": \"FUNCTION\", \"arguments\": {\"PARAMETER\": VALUE}}\n")
            .Append("To call several, write such a line for each. You then get their results.\n")
            .Append("Where no function helps, answer in plain text.")
            .ToString();
    }
}
