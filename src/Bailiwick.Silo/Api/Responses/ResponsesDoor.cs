using System.Text.Json;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>POST /v1/responses and /v1/responses/input_tokens. Paths, callers and faults are the <see cref="OpenAiDoor"/>'s; what is kept is read at <see cref="StoredResponsesDoor"/>.</summary>
internal sealed class ResponsesDoor(
    ITurns turns, IKeptTurns kept, ITextCalls texts, IConversations conversations, IStoreRule rule, BackgroundTurns background, TimeProvider time)
{
    /// <summary>The longest that a turn may go on without its client.</summary>
    private static readonly TimeSpan LongestInBackground = TimeSpan.FromHours(1);

    private readonly InputReferences _references = new(conversations);

    public async Task CreateAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var (request, refusal) = await ReadAsync(context.Request, caller, cancellationToken);
        if (request is null)
        {
            await OpenAiErrors.WriteAsync(context, refusal!, cancellationToken);
            return;
        }

        await (request.IsBackground
            ? StartAsync(context, request, caller, cancellationToken)
            : AnswerAsync(context, request, turns.RunAsync(request.ToTurn(time.GetUtcNow()), caller, cancellationToken), cancellationToken));
    }

    /// <summary>How long the prompt of the same body is: by the model's own template, history and functions included.</summary>
    public async Task CountAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var (request, refusal) = await ReadAsync(context.Request, caller, cancellationToken);
        var (reply, refused) = request is null ? (null, refusal) : await texts.RunAsync(request.ToCount(time.GetUtcNow()), caller, cancellationToken);
        await (reply is null
            ? OpenAiErrors.WriteAsync(context, refused!, cancellationToken)
            : ResponseWhole.SendAsync(context, json => WriteCount(json, reply.Count), cancellationToken));
    }

    private static void WriteCount(Utf8JsonWriter json, int tokens)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "response.input_tokens"u8);
        json.WriteNumber("input_tokens"u8, tokens);
        json.WriteEndObject();
    }

    private async Task<(ResponseRequest? Request, Refusal? Refusal)> ReadAsync(HttpRequest body, Caller caller, CancellationToken cancellationToken)
    {
        var (read, refusal) = await RequestBody.ParseAsync<ResponseRequest>(body, (json, key) =>
        {
            var (made, unread) = ResponseReader.Read(json);
            return (made is null ? null : made with { Idempotency = key }, unread);
        }, cancellationToken);
        return read is null ? (null, refusal) : await CompleteAsync(read, caller, cancellationToken);
    }

    /// <summary>What the body alone does not say: whether it is kept, and what its references name.</summary>
    private async Task<(ResponseRequest? Request, Refusal? Refusal)> CompleteAsync(
        ResponseRequest request, Caller caller, CancellationToken cancellationToken)
    {
        // Who asks for the background asks for the store, without which nobody could come back for the answer.
        var store = request.Store ?? (request.IsBackground || rule.KeepsByDefault(request.Raise, caller));
        var isKept = store || request.Conversation is not null;
        var (items, refusal) = await _references.ResolveAsync(request.Input, caller.Reader, cancellationToken);
        return refusal is null
            ? (request with { Input = items, KeptAs = isKept ? SessionIds.NewResponse() : null }, null)
            : (null, refusal);
    }

    private async Task AnswerAsync(
        HttpContext context, ResponseRequest request, IAsyncEnumerable<TurnEvent> events, CancellationToken cancellationToken)
    {
        if (request.IsStream)
        {
            await using var stream = new ResponseStream(context, request.Options, request.HeadOf, time);
            await AnswerLoop.WriteAsync(context, events, stream, cancellationToken);
        }
        else
        {
            await AnswerLoop.WriteAsync(context, events, new ResponseWhole(context, request, time), cancellationToken);
        }
    }

    /// <summary>Answers when the turn has begun: by then it is kept, and whatever refuses it has refused.</summary>
    private async Task StartAsync(HttpContext context, ResponseRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var turn = request.ToTurn(time.GetUtcNow());
        turn.Submit.DeadlineMs = (long)LongestInBackground.TotalMilliseconds;
        switch (await background.StartAsync(request.KeptAs!, caller, stopping => turns.RunAsync(turn, caller, stopping), cancellationToken))
        {
            case TurnStarted { Kept: { } id } when request.IsStream:
                await AnswerAsync(context, request, kept.FollowAsync(id, caller, cancellationToken), cancellationToken);
                break;
            case TurnStarted started:
                var answer = new ResponseAnswer(request.HeadOf(started), request.Options, sink: null);
                await ResponseWhole.SendAsync(context, answer.Write, cancellationToken);
                break;
            case TurnRefused refused:
                await OpenAiErrors.WriteAsync(context, refused.Refusal, cancellationToken);
                break;
            default:
                await OpenAiErrors.WriteAsync(context, OpenAiDoor.Bug, cancellationToken);
                break;
        }
    }
}
