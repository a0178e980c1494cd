using System.Buffers;
using System.Text.Json;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>GET /v1/models and /v1/models/{id}: OpenAI's fields, vLLM's `max_model_len`, and what our catalogue adds.</summary>
internal sealed class ModelList(IOfferedModels models)
{
    public Task AllAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var (offered, refusal) = models.For(caller);
        if (refusal is not null)
        {
            return OpenAiErrors.WriteAsync(context, refusal, cancellationToken);
        }

        var body = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(body, AnswerJson.Options))
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var model in offered)
            {
                Write(json, model);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return SendAsync(context, body, cancellationToken);
    }

    /// <param name="context">Of the request.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="reference">Name, alias, or either with "@" and a digest.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task OneAsync(HttpContext context, Caller caller, string reference, CancellationToken cancellationToken)
    {
        var (model, refusal) = models.Find(reference, caller);
        if (model is null)
        {
            return OpenAiErrors.WriteAsync(context, refusal!, cancellationToken);
        }

        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body, AnswerJson.Options))
        {
            Write(json, model);
        }

        return SendAsync(context, body, cancellationToken);
    }

    private static async Task SendAsync(HttpContext context, ArrayBufferWriter<byte> body, CancellationToken cancellationToken)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, cancellationToken);
    }

    private static void Write(Utf8JsonWriter json, ServedModel model)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, model.Name);
        json.WriteString("object"u8, "model"u8);

        // Clients want a number; the catalogue has no date of making.
        json.WriteNumber("created"u8, 0);
        json.WriteString("owned_by"u8, model.Family);
        json.WriteNumber("max_model_len"u8, model.ContextTokens);
        json.WriteString("build"u8, model.Build);
        json.WriteStartArray("aliases"u8);
        foreach (var alias in model.Aliases)
        {
            json.WriteStringValue(alias);
        }

        json.WriteEndArray();
        json.WriteString("licence"u8, model.Licence);
        json.WriteString("openness"u8, model.Openness);
        json.WriteString("state"u8, State(model));
        json.WriteEndObject();
    }

    /// <summary>The furthest of its replicas.</summary>
    private static string State(ServedModel model)
    {
        ReadOnlySpan<(ReplicaPhase Phase, string Word)> order =
        [
            (ReplicaPhase.Ready, "ready"), (ReplicaPhase.Loading, "loading"), (ReplicaPhase.Importing, "importing"),
            (ReplicaPhase.Failed, "failed"),
        ];
        foreach (var (phase, word) in order)
        {
            if (model.Replicas.Any(replica => replica.Phase == phase))
            {
                return word;
            }
        }

        return "waiting";
    }
}
