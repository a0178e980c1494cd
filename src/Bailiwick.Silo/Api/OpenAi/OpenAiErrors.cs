using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// Refusals in OpenAI's shape, `{"error": {message, type, param, code}}`: the one that clients read the reason from. A decision of
/// policy adds `rules`, `refused_at` and `why`. Holds no word of the request.
/// </summary>
internal static class OpenAiErrors
{
    /// <summary>Answers with a refusal; the response must not have started.</summary>
    public static async Task WriteAsync(HttpContext context, Refusal refusal, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(256);
        Write(body, refusal);
        var response = context.Response;
        response.StatusCode = refusal.Row.Http;
        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        if (refusal.Row.Http == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        if (refusal.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString("F0", CultureInfo.InvariantCulture);
        }

        await response.BodyWriter.WriteAsync(body.WrittenMemory, cancellationToken);
    }

    /// <summary>The object alone, as an answer's body and as an event within a stream.</summary>
    public static void Write(IBufferWriter<byte> output, Refusal refusal)
    {
        using var json = new Utf8JsonWriter(output, AnswerJson.Options);
        json.WriteStartObject();
        json.WritePropertyName("error");
        WriteFields(json, refusal);
        json.WriteEndObject();
    }

    /// <summary>What stands under `error`, an object.</summary>
    public static void WriteFields(Utf8JsonWriter json, Refusal refusal)
    {
        json.WriteStartObject();
        json.WriteString("message", $"{refusal.Sentence} {refusal.Row.Advice}");
        json.WriteString("type", TypeOf(refusal.Row.Http));
        json.WriteString("param", refusal.Field);
        json.WriteString("code", refusal.Row.Code);
        WriteDecision(json, refusal);
        json.WriteEndObject();
    }

    private static void WriteDecision(Utf8JsonWriter json, Refusal refusal)
    {
        if (refusal.RefusedAt is { } place)
        {
            json.WriteString("refused_at", place);
        }

        WriteList(json, "rules", refusal.Rules);
        WriteList(json, "why", refusal.Why);
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    /// <summary>OpenAI's words for classes of errors; clients choose their exception by status and show this one.</summary>
    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden or StatusCodes.Status421MisdirectedRequest => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= StatusCodes.Status500InternalServerError => "server_error",
        _ => "invalid_request_error",
    };
}
