using System.Text.Json;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// Finds what can be no JSON schema, before a model is told of it: keywords whose values have the wrong shape. Whether a grammar can be
/// made of a schema, the decoder says. Places of a client's own names are counted from 0, as in #/properties/{2}/type.
/// </summary>
internal static class SchemaFaults
{
    private const int MostLevels = 48;

    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>The first place that is wrong in a schema of arguments, which are an object; null where none is.</summary>
    public static string? OfArguments(JsonElement schema) =>
        schema.ValueKind != JsonValueKind.Object ? "#"
        : schema.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.String && type.ValueEquals("object")) ? "#/type"
        : InSchema(schema, "#", 0);

    private static string? InSchema(JsonElement schema, string path, int level)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return null;
        }

        return schema.ValueKind != JsonValueKind.Object || level > MostLevels
            ? path
            : schema.EnumerateObject().Select(keyword => InKeyword(keyword, path, level)).FirstOrDefault(fault => fault is not null);
    }

    private static string? InKeyword(JsonProperty keyword, string path, int level)
    {
        var (value, here) = (keyword.Value, $"{path}/{keyword.Name}");
        return keyword.Name switch
        {
            "type" => IsType(value) ? null : here,
            "required" => IsTexts(value) ? null : here,
            "enum" => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? null : here,
            "properties" or "$defs" or "definitions" or "patternProperties" => InMembers(value, here, level),
            "items" or "additionalProperties" or "not" or "contains" or "propertyNames" or "if" or "then" or "else" =>
                InSchema(value, here, level + 1),
            "anyOf" or "allOf" or "oneOf" or "prefixItems" => InItems(value, here, level),
            _ => null,
        };
    }

    private static string? InMembers(JsonElement members, string path, int level) => members.ValueKind != JsonValueKind.Object
        ? path
        : members.EnumerateObject().Select((member, i) => InSchema(member.Value, $"{path}/{{{i}}}", level + 1)).FirstOrDefault(fault => fault is not null);

    private static string? InItems(JsonElement items, string path, int level) => items.ValueKind != JsonValueKind.Array || items.GetArrayLength() == 0
        ? path
        : items.EnumerateArray().Select((item, i) => InSchema(item, $"{path}/{i}", level + 1)).FirstOrDefault(fault => fault is not null);

    private static bool IsType(JsonElement type) => type.ValueKind switch
    {
        JsonValueKind.String => Types.Contains(type.GetString()),
        JsonValueKind.Array => type.GetArrayLength() > 0 && type.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String && Types.Contains(one.GetString())),
        _ => false,
    };

    private static bool IsTexts(JsonElement texts) =>
        texts.ValueKind == JsonValueKind.Array && texts.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String);
}
