using System.Text.Json;

namespace Bailiwick.Decoder.Grammar;

/// <summary>Finds where a JSON schema uses a keyword, as a JSON Pointer fragment (RFC 6901) such as #/properties/a/not.</summary>
internal static class SchemaPath
{
    private const int LongestPath = 200;

    private static readonly HashSet<string> MapsOfSchemas = new(StringComparer.Ordinal)
        { "properties", "patternProperties", "dependentSchemas", "$defs", "definitions" };

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
            var here = path + "/" + Escape(property.Name);
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
                .Select(member => InSchema(member.Value, path + "/" + Escape(member.Name), keyword))
                .FirstOrDefault(static found => found is not null)
            : InSchema(property.Value, path, keyword);

    private static string Escape(string name) =>
        new string([.. name.Select(static letter => char.IsControl(letter) ? '?' : letter)])
            .Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
