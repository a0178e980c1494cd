using System.Text;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;
using Google.Protobuf.WellKnownTypes;
using Wire = Bailiwick.Protocol.Conversations.V1;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>What is kept, as messages of the public protocol. Pure.</summary>
internal static class ConversationText
{
    public static Wire.Conversation Of(Sessions.Conversation conversation) => new()
    {
        Id = conversation.Id,
        Jurisdiction = conversation.Label.Jurisdiction,
        Class = conversation.Label.Class,
        Purpose = conversation.Label.Purpose,
        Tenant = conversation.Label.Tenant,
        Metadata = { conversation.Metadata.ToDictionary() },
        Created = Timestamp.FromDateTimeOffset(conversation.Created),
    };

    /// <param name="turn">With an answer.</param>
    public static Wire.Turn Of(StoredTurn turn) => new()
    {
        Id = turn.Id,
        Turn_ = turn.Turn,
        MessagesJson = Encoding.UTF8.GetString(turn.Messages.Span),
        AnswerJson = Encoding.UTF8.GetString(TurnHistory.Answer(turn)),
        Model = turn.Model,
        Seed = (ulong)turn.Seed,
        State = turn.State.ToString().ToLowerInvariant(),
        Created = Timestamp.FromDateTimeOffset(turn.Created),
        Receipt = turn.Answer!.Receipt.ToText(),
    };

    public static GetRequestResponse State(StoredTurn turn) => new()
    {
        Id = turn.Id,
        State = turn.State switch
        {
            TurnState.Running => RequestState.Running,
            TurnState.Completed => RequestState.Completed,
            TurnState.Incomplete => RequestState.Incomplete,
            TurnState.Failed => RequestState.Failed,
            _ => RequestState.Cancelled,
        },
        FinishReason = turn.Answer switch
        {
            null => FinishReason.Unspecified,
            { Length: true } => FinishReason.Length,
            { ToolCalls: true } => FinishReason.ToolCalls,
            _ => FinishReason.Stop,
        },
        Model = turn.Model,
        Turn = turn.Turn,
        Receipt = turn.Answer?.Receipt.ToText() ?? "",
        Error = turn.Code ?? "",
        Conversation = turn.Conversation ?? "",
        MessagesJson = Encoding.UTF8.GetString(turn.Messages.Span),
        AnswerJson = turn.Answer is null ? "" : Encoding.UTF8.GetString(TurnHistory.Answer(turn)),
        Previous = turn.Previous ?? "",
    };
}
