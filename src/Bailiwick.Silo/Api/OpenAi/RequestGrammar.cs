using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// The form that the answer must have: `response_format`, or vLLM's `guided_json`, `guided_regex` and `structured_outputs` (json,
/// regex). A schema always binds; `strict: false` asks for less, which it gives too. Whether a grammar compiles, the decoder says.
/// </summary>
internal static class RequestGrammar
{
    /// <summary>What `json_object` promises.</summary>
    private const string AnyObject = """{"type":"object"}""";

    public static Grammar? Read(RequestFields request) => One(request, "response_format", ResponseFormat(request));

    /// <summary>Of /v1/responses: `text.format` instead of `response_format`, and a schema without a wrapper of its own.</summary>
    public static Grammar? ReadInResponse(RequestFields request) => One(request, "text.format", TextFormat(request));

    private static Grammar? One(RequestFields request, string first, Grammar? format)
    {
        Grammar? found = null;
        foreach (var (field, grammar) in Others(request).Prepend((first, format)))
        {
            if (grammar is not null && found is not null)
            {
                request.Refuse(field, "is a second form of the answer: give one");
            }

            found ??= grammar;
        }

        return found;
    }

    private static IEnumerable<(string Field, Grammar? Grammar)> Others(RequestFields request)
    {
        yield return ("guided_json", Schema(request, "guided_json"));
        yield return ("guided_regex", Regex(request, "guided_regex"));
        if (request.Object("structured_outputs") is not { } outputs)
        {
            yield break;
        }

        foreach (var name in outputs.Names.Where(name => name is not ("json" or "regex") && outputs.Any(name) is not null))
        {
            request.Unsupported("structured_outputs", "is served with json or regex only");
        }

        yield return ("structured_outputs.json", Schema(outputs, "json"));
        yield return ("structured_outputs.regex", Regex(outputs, "regex"));
    }

    private static Grammar? ResponseFormat(RequestFields request) =>
        request.Object("response_format") is { } format ? Format(format, JsonSchema) : null;

    private static Grammar? TextFormat(RequestFields request) =>
        request.Object("text")?.Object("format") is { } format ? Format(format, RequiredSchema) : null;

    private static Grammar? Format(RequestFields format, Func<RequestFields, Grammar?> schemaOf)
    {
        switch (format.Required("type"))
        {
            case "text":
                return null;
            case "json_object":
                return new Grammar { JsonSchema = AnyObject };
            case "json_schema":
                return schemaOf(format);
            default:
                format.Unsupported("type", "is none of text, json_object and json_schema");
                return null;
        }
    }

    private static Grammar? JsonSchema(RequestFields format)
    {
        if (format.Object("json_schema") is not { } named)
        {
            format.Refuse("json_schema", "is missing");
            return null;
        }

        return RequiredSchema(named);
    }

    private static Grammar? RequiredSchema(RequestFields named)
    {
        var schema = Schema(named, "schema");
        if (schema is null)
        {
            named.Refuse("schema", "is missing");
        }

        return schema;
    }

    private static Grammar? Schema(RequestFields fields, string name)
    {
        switch (fields.Any(name))
        {
            case null:
                return null;
            case { ValueKind: JsonValueKind.Object or JsonValueKind.True } schema:
                return new Grammar { JsonSchema = schema.GetRawText() };
            case { ValueKind: JsonValueKind.String } text:
                return new Grammar { JsonSchema = text.GetString() };
            default:
                fields.Refuse(name, "must be a JSON schema: an object, true, or either as a text");
                return null;
        }
    }

    private static Grammar? Regex(RequestFields fields, string name) =>
        fields.Text(name) is { } regex ? new Grammar { Regex = regex } : null;
}
