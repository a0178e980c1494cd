namespace Bailiwick.Protocol;

/// <summary>One row of the error table: how a refusal appears on every wire (DESIGN.md section 10).</summary>
/// <param name="Code">Stable snake_case code; part of the public contract.</param>
/// <param name="Http">HTTP status.</param>
/// <param name="Grpc">gRPC status code (google.rpc.Code).</param>
/// <param name="Advice">A sentence that says what to do; never holds payload.</param>
public sealed record ErrorRow(string Code, int Http, int Grpc, string Advice);

/// <summary>The one table of refusals. A test walks every row.</summary>
public static class Errors
{
    public static readonly ErrorRow Invalid = new("invalid", 400, 3, "Correct the field that the message names and send the request again.");
    public static readonly ErrorRow Unauthenticated = new("unauthenticated", 401, 16, "Send a valid credential.");
    public static readonly ErrorRow ResidencyDenied = new("residency_denied", 403, 7, "Ask your data officer about the rules that the message names, or lower what the request reaches.");
    public static readonly ErrorRow LicenceDenied = new("licence_denied", 403, 7, "Choose a model whose licence allows this purpose.");
    public static readonly ErrorRow Clearance = new("clearance", 403, 7, "Use a credential whose label ceiling covers this request.");
    public static readonly ErrorRow Scope = new("scope", 403, 7, "Use a key that has the scope that the message names.");
    public static readonly ErrorRow ModelNotFound = new("model_not_found", 404, 5, "List the models and choose one of them.");
    public static readonly ErrorRow ConversationNotFound = new("conversation_not_found", 404, 5, "Start a new conversation.");
    public static readonly ErrorRow NotFound = new("not_found", 404, 5, "Check the name that the message states.");
    public static readonly ErrorRow Method = new("method", 405, 12, "Use the method that the Allow header names.");
    public static readonly ErrorRow Epoch = new("epoch", 409, 10, "The policy changed meanwhile: send the request again.");
    public static readonly ErrorRow Busy = new("busy", 409, 10, "Wait until the running turn has ended, then send the request again.");
    public static readonly ErrorRow TooLarge = new("too_large", 413, 11, "Send a smaller request; the message names the limit.");
    public static readonly ErrorRow OtherBoundary = new("other_boundary", 421, 9, "Send the request to the cluster that the message names.");
    public static readonly ErrorRow Capability = new("capability", 422, 12, "Choose a model or a setting that supports what the message names.");
    public static readonly ErrorRow IdempotencyKey = new("idempotency_key", 422, 9, "Use another idempotency key for another request.");
    public static readonly ErrorRow Quota = new("quota", 429, 8, "Wait as long as Retry-After says.");
    public static readonly ErrorRow Queue = new("queue", 429, 8, "Wait as long as Retry-After says.");
    public static readonly ErrorRow Cancelled = new("cancelled", 499, 1, "Nothing to do: the caller ended the request.");
    public static readonly ErrorRow Internal = new("internal", 500, 13, "Report the request id to operations; the request may be sent again.");
    public static readonly ErrorRow AuditUnavailable = new("audit_unavailable", 503, 14, "Send the request again later: no evidence can be written now.");
    public static readonly ErrorRow NoReplica = new("no_replica", 503, 14, "Send the request again later: no replica of this model is ready.");
    public static readonly ErrorRow Draining = new("draining", 503, 14, "Send the request again: this node is being taken out of service.");
    public static readonly ErrorRow PolicyStale = new("policy_stale", 503, 14, "Send the request again later: this node has no current policy.");
    public static readonly ErrorRow StoreUnavailable = new("store_unavailable", 503, 14, "Send the request again later: nothing that is kept can be read or written now.");
    public static readonly ErrorRow Deadline = new("deadline", 504, 4, "Allow more time or ask for fewer tokens.");

    /// <summary>Every row, in the order of its HTTP status.</summary>
    public static IReadOnlyList<ErrorRow> All { get; } =
    [
        Invalid, Unauthenticated, ResidencyDenied, LicenceDenied, Clearance, Scope, ModelNotFound, ConversationNotFound,
        NotFound, Method, Epoch, Busy, TooLarge, OtherBoundary, Capability, IdempotencyKey, Quota, Queue, Cancelled, Internal, AuditUnavailable, NoReplica, Draining,
        PolicyStale, StoreUnavailable, Deadline,
    ];
}
