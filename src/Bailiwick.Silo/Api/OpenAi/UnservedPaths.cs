namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>Endpoints that clients know from elsewhere: their answer says that they come later, instead of an empty 404.</summary>
internal static class UnservedPaths
{
    public static IReadOnlyList<string> Patterns { get; } =
    [
        "/v1/responses/compact", "/v1/embeddings", "/v1/rerank", "/v2/rerank", "/rerank", "/v1/score", "/v1/images/{**rest}",
        "/v1/audio/{**rest}", "/v1/videos/{**rest}", "/v1/files/{**rest}", "/v1/uploads/{**rest}", "/v1/batches/{**rest}",
        "/v1/fine_tuning/{**rest}", "/v1/moderations", "/v1/messages/{**rest}", "/v1/conversations/{id}/items/{**rest}", "/v1/assistants/{**rest}",
        "/v1/threads/{**rest}", "/v1/vector_stores/{**rest}", "/v1/realtime/{**rest}", "/v1/engines/{**rest}", "/v1/edits", "/tokenize",
        "/detokenize",
    ];
}
