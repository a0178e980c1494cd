using System.Text.Json;

namespace Bailiwick.Text.ToolCalls;

/// <summary>A function that a model may call.</summary>
/// <param name="Name">Matches [A-Za-z0-9_.-]{1,64}.</param>
/// <param name="Parameters">JSON schema of the arguments, an object.</param>
public sealed record ToolFunction(string Name, string Parameters)
{
    /// <summary>Characters of the longest name.</summary>
    public const int LongestName = 64;

    /// <summary>Schema of a function without parameters.</summary>
    public const string NoParameters = """{"type":"object","properties":{}}""";

    private static readonly JsonDocumentOptions Bounds = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Whether a function may have this name: it can be written into any format and grammar as it is.</summary>
    public static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > LongestName)
        {
            return false;
        }

        foreach (var character in name)
        {
            if (!IsNameCharacter(character))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads the functions of a request's tools, in OpenAI's shape.</summary>
    /// <param name="toolsJson">A JSON array of {"type":"function","function":{"name":…,"parameters":…}}.</param>
    /// <returns>Null where it is anything else, or names one function twice.</returns>
    public static IReadOnlyList<ToolFunction>? Read(string toolsJson)
    {
        ArgumentNullException.ThrowIfNull(toolsJson);
        try
        {
            using var document = JsonDocument.Parse(toolsJson, Bounds);
            return document.RootElement.ValueKind == JsonValueKind.Array ? Read(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static bool IsNameCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '-';

    private static List<ToolFunction>? Read(JsonElement tools)
    {
        var functions = new List<ToolFunction>();
        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.ValueKind != JsonValueKind.Object
                || !tool.TryGetProperty("function", out var function) || function.ValueKind != JsonValueKind.Object
                || !function.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String
                || name.GetString() is not { } text || !IsName(text) || functions.Exists(other => other.Name == text))
            {
                return null;
            }

            var hasParameters = function.TryGetProperty("parameters", out var parameters) && parameters.ValueKind != JsonValueKind.Null;
            if (hasParameters && parameters.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            functions.Add(new ToolFunction(text, hasParameters ? parameters.GetRawText() : NoParameters));
        }

        return functions;
    }
}
