using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>A kept turn as the response that it is.</summary>
/// <param name="Turn">As kept.</param>
/// <param name="Request">As it was asked for.</param>
internal sealed record StoredResponse(StoredTurn Turn, ResponseRequest Request)
{
    public ResponseHead Head { get; } = new(
        Turn.Id, Turn.Created.ToUnixTimeSeconds(), Turn.Model.Split('@')[0], Request.Echo, IsStored: true);

    /// <returns>Null where another door made the turn.</returns>
    public static StoredResponse? Of(StoredTurn turn)
    {
        if (!turn.Id.StartsWith(ResponseIds.Prefix, StringComparison.Ordinal) || turn.Request.IsEmpty)
        {
            return null;
        }

        using var body = JsonDocument.Parse(turn.Request);
        return ResponseReader.Read(body.RootElement).Request is { } request
            ? new StoredResponse(turn, request with { KeptAs = turn.Id })
            : null;
    }

    public void Write(Utf8JsonWriter json)
    {
        if (Answer() is { } answer)
        {
            answer.Write(json);
            return;
        }

        var error = Turn.State is TurnState.Failed ? Refusal.Of(Turn.Code ?? Errors.Internal.Code, "No answer was made.") : null;
        ResponseObject.Write(json, Head, StateOf(Turn.State), error, null, null, _ => { });
    }

    /// <summary>The whole answer; null where there is none.</summary>
    public ResponseAnswer? Answer()
    {
        if (Turn.Answer is not { } kept)
        {
            return null;
        }

        var answer = new ResponseAnswer(Head, Request.Options, sink: null);
        answer.Add(kept.Tokens);
        answer.End(
            new TurnEnded(kept.Length, kept.Tail, kept.Stop, kept.PromptTokens, kept.Tokens.Count, kept.Receipt) { ToolCalls = kept.ToolCalls, Calls = kept.Calls },
            Turn.Ended?.ToUnixTimeSeconds());
        return answer;
    }

    private static ResponseState StateOf(TurnState state) => state switch
    {
        TurnState.Running => ResponseState.InProgress,
        TurnState.Cancelled => ResponseState.Cancelled,
        _ => ResponseState.Failed,
    };
}
