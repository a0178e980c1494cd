using System.Text.Json;

namespace Bailiwick.Decoder.Grammar;

/// <summary>
/// Finds where a JSON schema uses a keyword, as a JSON Pointer fragment (RFC 6901) in which names of the client's own are places,
/// counted from 0: #/properties/{2}/not is in the third property. The names are payload, which no refusal repeats.
/// </summary>
internal static class SchemaPath
{
    private const int LongestPath = 200;

    private static readonly HashSet<string> MapsOfSchemas = new(StringComparer.Ordinal)
        { "properties", "patternProperties", "dependentSchemas", "$defs", "definitions" };

    /// <summary>Keywords below which schemas stand (JSON Schema, drafts 4 to 2020-12). Another name is the client's own.</summary>
    private static readonly HashSet<string> HaveSchemas = new(StringComparer.Ordinal)
    {
        "properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies", "items", "prefixItems",
        "additionalItems", "additionalProperties", "contains", "propertyNames", "anyOf", "allOf", "oneOf", "not", "if", "then", "else",
        "unevaluatedItems", "unevaluatedProperties", "contentSchema",
    };

    private static readonly HashSet<string> NotSchemas = new(StringComparer.Ordinal)
        { "enum", "const", "default", "examples", "required" };

    /// <summary>The first use in document order; null when there is none.</summary>
    internal static string? FirstUse(string schema, string keyword)
    {
        using var document = JsonDocument.Parse(schema);
        return InSchema(document.RootElement, "#", keyword);
    }

    private static string? InSchema(JsonElement schema, string path, string keyword)
    {
        if (schema.ValueKind == JsonValueKind.Array)
        {
            return schema.EnumerateArray().Select((item, index) => InSchema(item, $"{path}/{index}", keyword))
                .FirstOrDefault(static found => found is not null);
        }

        if (schema.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var property in schema.EnumerateObject())
        {
            var here = $"{path}/{(property.NameEquals(keyword) || HaveSchemas.Contains(property.Name) ? property.Name : "?")}";
            if (property.NameEquals(keyword))
            {
                return here.Length <= LongestPath ? here : here[..LongestPath] + "...";
            }

            if (!NotSchemas.Contains(property.Name) && InKeyword(property, here, keyword) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    // Under "properties" and its like, names are the client's and only their values are schemas.
    private static string? InKeyword(JsonProperty property, string path, string keyword) =>
        MapsOfSchemas.Contains(property.Name) && property.Value.ValueKind == JsonValueKind.Object
            ? property.Value.EnumerateObject()
                .Select((member, index) => InSchema(member.Value, $"{path}/{{{index}}}", keyword))
                .FirstOrDefault(static found => found is not null)
            : InSchema(property.Value, path, keyword);
}
