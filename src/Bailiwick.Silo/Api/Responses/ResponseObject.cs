using System.Text.Json;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>The object `response`, with every field that clients' types require.</summary>
internal static class ResponseObject
{
    public static void Write(
        Utf8JsonWriter json, ResponseHead head, ResponseState state, Refusal? error, long? endedAt, (int Input, int Output)? usage,
        Action<Utf8JsonWriter> writeItems)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, head.Id);
        json.WriteString("object"u8, "response"u8);
        json.WriteNumber("created_at"u8, head.CreatedAt);
        json.WriteString("status"u8, Word(state));
        WriteError(json, error);
        WriteIncomplete(json, state);
        if (state is ResponseState.Completed && endedAt is { } at)
        {
            json.WriteNumber("completed_at"u8, at);
        }

        json.WriteString("model"u8, head.Model);
        json.WriteStartArray("output"u8);
        writeItems(json);
        json.WriteEndArray();
        json.WriteBoolean("store"u8, head.IsStored);
        foreach (var field in head.Echo.EnumerateObject())
        {
            field.WriteTo(json);
        }

        WriteUsage(json, usage);
        json.WriteEndObject();
    }

    public static ReadOnlySpan<byte> Word(ResponseState state) => state switch
    {
        ResponseState.Queued => "queued"u8,
        ResponseState.InProgress => "in_progress"u8,
        ResponseState.Completed => "completed"u8,
        ResponseState.Incomplete => "incomplete"u8,
        ResponseState.Failed => "failed"u8,
        _ => "cancelled"u8,
    };

    private static void WriteError(Utf8JsonWriter json, Refusal? error)
    {
        if (error is null)
        {
            json.WriteNull("error"u8);
            return;
        }

        json.WritePropertyName("error"u8);
        OpenAiErrors.WriteFields(json, error);
    }

    private static void WriteIncomplete(Utf8JsonWriter json, ResponseState state)
    {
        if (state is not ResponseState.Incomplete)
        {
            json.WriteNull("incomplete_details"u8);
            return;
        }

        json.WriteStartObject("incomplete_details"u8);
        json.WriteString("reason"u8, "max_output_tokens"u8);
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, (int Input, int Output)? usage)
    {
        if (usage is not var (input, output))
        {
            json.WriteNull("usage"u8);
            return;
        }

        json.WriteStartObject("usage"u8);
        json.WriteNumber("input_tokens"u8, input);
        json.WriteStartObject("input_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, 0);
        json.WriteNumber("cache_write_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteNumber("output_tokens"u8, output);
        json.WriteStartObject("output_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteNumber("total_tokens"u8, input + output);
        json.WriteEndObject();
    }
}
