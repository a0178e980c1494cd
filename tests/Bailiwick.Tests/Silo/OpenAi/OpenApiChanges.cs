using System.Text.Json.Nodes;

namespace Bailiwick.Tests.Silo.OpenAi;

/// <summary>
/// What a new version of an OpenAPI file takes from callers of the old one. Strict and short: whatever stood there stays as it was, types and
/// bounds too; a request may not need more, an answer may not give less. Words for people may change.
/// </summary>
internal static class OpenApiChanges
{
    /// <summary>Keywords whose value must stay.</summary>
    private static readonly string[] Kept =
    [
        "type", "const", "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems",
        "maxItems", "maxProperties", "$ref",
    ];

    public static IReadOnlyList<string> Breaking(JsonNode old, JsonNode next) =>
        [.. Paths(old, next), .. Schemas(old["components"]!["schemas"]!.AsObject(), next["components"]!["schemas"]!.AsObject(), Requested(old))];

    private static IEnumerable<string> Paths(JsonNode old, JsonNode next)
    {
        foreach (var (path, acts) in old["paths"]!.AsObject())
        {
            foreach (var (method, act) in acts!.AsObject())
            {
                var name = $"{method.ToUpperInvariant()} {path}";
                if (next["paths"]![path]?[method] is not { } found)
                {
                    yield return $"{name} is gone";
                    continue;
                }

                foreach (var (status, _) in act!["responses"]!.AsObject().Where(answer => found["responses"]![answer.Key] is null))
                {
                    yield return $"{name} answers no {status} any more";
                }

                foreach (var fault in Contents(name, act, found))
                {
                    yield return fault;
                }
            }
        }
    }

    /// <summary>Media types and their schemas, of the request and of each answer.</summary>
    private static IEnumerable<string> Contents(string name, JsonNode old, JsonNode next)
    {
        var parts = old["responses"]!.AsObject().Where(answer => next["responses"]![answer.Key] is not null)
            .Select(answer => (Where: answer.Key, Old: answer.Value?["content"], Next: next["responses"]![answer.Key]?["content"]))
            .Append((Where: "request", Old: old["requestBody"]?["content"], Next: next["requestBody"]?["content"]));
        return from part in parts
               where part.Old is not null
               from type in part.Old.AsObject()
               where part.Next?[type.Key]?["schema"]?.ToJsonString() != type.Value?["schema"]?.ToJsonString()
               select $"{name}: {part.Where} has another {type.Key}";
    }

    private static IEnumerable<string> Schemas(JsonObject old, JsonObject next, HashSet<string> requested)
    {
        foreach (var (name, schema) in old)
        {
            if (next[name] is not { } found)
            {
                yield return $"{name} is gone";
                continue;
            }

            foreach (var fault in Compare(name, schema!, found, requested.Contains(name)))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> Compare(string at, JsonNode old, JsonNode next, bool isRequest)
    {
        if (old is not JsonObject was || next is not JsonObject now)
        {
            return old.ToJsonString() == next.ToJsonString() ? [] : [$"{at} is another"];
        }

        return
        [
            .. Kept.Where(word => was[word]?.ToJsonString() != now[word]?.ToJsonString()).Select(word => $"{at} has another {word}"),
            .. Texts(was["enum"]).Except(Texts(now["enum"])).Select(value => $"{at} has lost a value: {value}"),
            .. isRequest
                ? Texts(now["required"]).Except(Texts(was["required"])).Select(field => $"{at}.{field} is required now")
                : Texts(was["required"]).Except(Texts(now["required"])).Select(field => $"{at}.{field} may be absent now"),
            .. (was["properties"]?.AsObject() ?? []).SelectMany(field => now["properties"]?[field.Key] is { } kept
                ? Compare($"{at}.{field.Key}", field.Value!, kept, isRequest)
                : [$"{at}.{field.Key} is gone"]),
            .. was["items"] is { } items ? now["items"] is { } others ? Compare($"{at}[]", items, others, isRequest) : [$"{at}[] is gone"] : Array.Empty<string>(),
            .. (was["anyOf"]?.AsArray() ?? []).Where(one => now["anyOf"]?.AsArray().Any(other => JsonNode.DeepEquals(one, other)) is not true)
                .Select(one => $"{at} is no longer {one!.ToJsonString()}"),
        ];
    }

    /// <summary>Schemas that requests are made of; all others are answers'.</summary>
    private static HashSet<string> Requested(JsonNode document)
    {
        var found = new HashSet<string>();
        var next = new Queue<string>(document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject())
            .Select(act => act.Value!["requestBody"]?.ToJsonString() ?? "").SelectMany(References));
        while (next.TryDequeue(out var name))
        {
            if (found.Add(name))
            {
                References(document["components"]!["schemas"]![name]!.ToJsonString()).ToList().ForEach(next.Enqueue);
            }
        }

        return found;
    }

    private static IEnumerable<string> References(string json) =>
        System.Text.RegularExpressions.Regex.Matches(json, "#/components/schemas/([A-Za-z]+)").Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Texts(JsonNode? list) => list is JsonArray array ? array.Select(entry => entry!.ToJsonString().Trim('"')) : [];
}
