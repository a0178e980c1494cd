using Bailiwick.Protocol;
using Bailiwick.Protocol.Conversations.V1;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using Grpc.Core;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>`bailiwick.conversations.v1`.</summary>
internal sealed class ConversationsDoor(IConversations conversations, ICallerAccessor callers, TurnLimits? limits = null)
    : ConversationsService.ConversationsServiceBase
{
    private const int DefaultLimit = 20;
    private const int MostLimit = 100;

    public override async Task<CreateConversationResponse> CreateConversation(CreateConversationRequest request, ServerCallContext context)
    {
        var (key, fault) = IdempotencyMetadata.Read(context, request);
        if ((fault ?? limits?.TakeRequest(CallerOf(context))) is { } refusal)
        {
            throw GrpcRefusals.ToException(refusal);
        }

        var raise = Translation.Raise(new Protocol.Inference.V1.Label { Jurisdiction = request.Jurisdiction, Class = request.Class });
        var asked = new NewConversation(raise, request.Metadata, key);
        var made = Found(await conversations.CreateAsync(asked, Reader(context), context.CancellationToken));
        return new CreateConversationResponse { Conversation = ConversationText.Of(made) };
    }

    public override async Task<GetConversationResponse> GetConversation(GetConversationRequest request, ServerCallContext context) => new()
    {
        Conversation = ConversationText.Of(Found(await conversations.FindAsync(request.Id, Reader(context), context.CancellationToken))),
    };

    public override async Task<ListConversationsResponse> ListConversations(ListConversationsRequest request, ServerCallContext context)
    {
        var page = Page(request.After, request.Limit, SessionIds.IsConversation);
        var found = Found(await conversations.ListAsync(page, Reader(context), context.CancellationToken));
        return new ListConversationsResponse { Conversations = { found.Select(ConversationText.Of) } };
    }

    public override async Task<DeleteConversationResponse> DeleteConversation(DeleteConversationRequest request, ServerCallContext context) =>
        SessionIds.IsConversation(request.Id)
            ? new DeleteConversationResponse
            {
                Turns = Found(await conversations.EraseAsync(request.Id, Erasure.ByCaller, Reader(context), context.CancellationToken)).Turns,
            }
            : throw GrpcRefusals.ToException(SessionRefusals.NoConversation);

    public override async Task<EraseConversationResponse> EraseConversation(EraseConversationRequest request, ServerCallContext context) => new()
    {
        Turns = Found(await conversations.EraseAsync(request.Id, request.Ground, Reader(context), context.CancellationToken)).Turns,
    };

    public override async Task<ListTurnsResponse> ListTurns(ListTurnsRequest request, ServerCallContext context)
    {
        var page = Page(request.After, request.Limit, SessionIds.IsTurn);
        var found = Found(await conversations.TurnsAsync(request.Conversation, page, Reader(context), context.CancellationToken));
        return new ListTurnsResponse { Turns = { found.Turns.Select(ConversationText.Of) } };
    }

    private SessionReader Reader(ServerCallContext context) => CallerOf(context).Reader;

    private Caller CallerOf(ServerCallContext context) =>
        callers.Of(context.GetHttpContext()) ?? throw new InvalidOperationException("No caller behind the authentication.");

    private static T Found<T>(Kept<T> kept)
        where T : class => kept.Value ?? throw GrpcRefusals.ToException(kept.Refusal!);

    private static SessionPage Page(string after, int limit, Func<string, bool> isCursor) =>
        limit is < 0 or > MostLimit ? throw Invalid("limit", $"The field limit must lie between 1 and {MostLimit}.")
        : after.Length > 0 && !isCursor(after) ? throw Invalid("after", "The field after is no id of this list.")
        : new SessionPage(after.Length == 0 ? null : after, limit == 0 ? DefaultLimit : limit);

    private static RpcException Invalid(string field, string sentence) =>
        GrpcRefusals.ToException(new Refusal(Errors.Invalid, sentence) { Field = field });
}
