using System.Buffers;
using System.Text.Json;
using Bailiwick.Silo.Api.OpenAi;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>The fields of a request that its response repeats, with their defaults where the request names none.</summary>
internal static class ResponseEcho
{
    private const int MostPairs = 16;
    private const int LongestKey = 64;
    private const int LongestValue = 512;

    /// <summary>Repeated as they came, null where they did not.</summary>
    private static readonly string[] Texts = ["instructions", "user", "safety_identifier", "prompt_cache_key"];

    /// <summary>An object.</summary>
    public static JsonElement Of(RequestFields request, ResponseRequest asked, IReadOnlyList<JsonElement> tools)
    {
        var submit = asked.Submit;
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, AnswerJson.Options))
        {
            json.WriteStartObject();
            foreach (var name in Texts)
            {
                json.WriteString(name, request.Text(name));
            }

            WriteWhole(json, "max_output_tokens"u8, submit.MaxTokens);
            json.WriteNull("max_tool_calls"u8);
            WriteMetadata(json, request);
            json.WriteBoolean("parallel_tool_calls"u8, request.Flag("parallel_tool_calls") ?? true);
            json.WriteString("previous_response_id"u8, asked.Previous);
            WriteConversation(json, asked.Conversation);
            json.WriteBoolean("background"u8, asked.IsBackground);
            json.WriteStartObject("reasoning"u8);
            json.WriteNull("effort"u8);
            json.WriteNull("summary"u8);
            json.WriteEndObject();
            json.WriteString("service_tier"u8, "default"u8);
            json.WriteNumber("temperature"u8, submit.Sampling.Temperature);
            json.WriteNumber("top_p"u8, submit.Sampling.TopP);
            json.WriteNumber("top_logprobs"u8, submit.TopLogprobs);
            WriteText(json, request);
            WriteTools(json, request, tools);
            json.WriteString("truncation"u8, "disabled"u8);
            json.WriteEndObject();
        }

        using var written = JsonDocument.Parse(output.WrittenMemory);
        return written.RootElement.Clone();
    }

    private static void WriteWhole(Utf8JsonWriter json, ReadOnlySpan<byte> name, int value)
    {
        if (value == 0)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteNumber(name, value);
        }
    }

    private static void WriteText(Utf8JsonWriter json, RequestFields request)
    {
        json.WriteStartObject("text"u8);
        json.WritePropertyName("format"u8);
        if (request.Object("text")?.Any("format") is { } format)
        {
            format.WriteTo(json);
        }
        else
        {
            json.WriteRawValue("""{"type":"text"}"""u8);
        }

        json.WriteString("verbosity"u8, "medium"u8);
        json.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter json, RequestFields request)
    {
        const string Field = "metadata";
        json.WriteStartObject(Field);
        if (request.Object(Field) is { } pairs)
        {
            var count = 0;
            foreach (var name in pairs.Names)
            {
                // The names are the client's own text: no sentence repeats one.
                if (++count > MostPairs || name.Length > LongestKey || pairs.Any(name) is not { ValueKind: JsonValueKind.String } value
                    || value.GetString()!.Length > LongestValue)
                {
                    request.Refuse(
                        Field, $"must be at most {MostPairs} pairs of strings with keys of {LongestKey} and values of {LongestValue} characters");
                    break;
                }

                json.WriteString(name, value.GetString());
            }
        }

        json.WriteEndObject();
    }

    private static void WriteConversation(Utf8JsonWriter json, string? id)
    {
        if (id is null)
        {
            json.WriteNull("conversation"u8);
            return;
        }

        json.WriteStartObject("conversation"u8);
        json.WriteString("id"u8, id);
        json.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter json, RequestFields request, IReadOnlyList<JsonElement> tools)
    {
        json.WritePropertyName("tool_choice"u8);
        if (request.Any("tool_choice") is { } choice)
        {
            choice.WriteTo(json);
        }
        else
        {
            json.WriteStringValue("auto"u8);
        }

        json.WriteStartArray("tools"u8);
        foreach (var tool in tools)
        {
            tool.WriteTo(json);
        }

        json.WriteEndArray();
    }
}
