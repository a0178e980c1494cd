using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>/v1/responses/{id}: what was kept, told again, cancelled, deleted. An id of another tenant is no id.</summary>
internal sealed class StoredResponsesDoor(IKeptTurns kept, IConversations conversations, BackgroundTurns background, TimeProvider time)
{
    private const int MostItems = 100;
    private const int UsualItems = 20;

    /// <summary>A cancelled turn ends within a second; then the store says so.</summary>
    private static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private static readonly Refusal None = new(Errors.NotFound, "There is no such response, or it was not kept.");

    private readonly InputReferences _references = new(conversations);

    /// <summary>GET: the object as it stands, or with `stream=true` all events after `starting_after`.</summary>
    public async Task ReadAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var query = new ResponseQuery(context.Request.Query);
        var (isStream, after) = (query.Flag("stream"), query.Whole("starting_after", 0, int.MaxValue));
        if (query.Fault is { } fault)
        {
            await OpenAiErrors.WriteAsync(context, fault, cancellationToken);
            return;
        }

        if (await FindAsync(context, caller, cancellationToken) is not { } response)
        {
            return;
        }

        if (isStream)
        {
            var events = kept.FollowAsync(response.Turn.Id, caller, cancellationToken);
            await using var stream = new ResponseStream(
                context, response.Request.Options, started => response.Head with { Model = started.Model }, time) { After = after ?? -1 };
            await AnswerLoop.WriteAsync(context, events, stream, cancellationToken);
            return;
        }

        if (response.Turn.State is TurnState.Running)
        {
            // Where its gateway is lost, nobody but a reader has it run again. Where it runs elsewhere, this waits beside it. Nobody here
            // waits for how it begins.
            _ = background.StartAsync(response.Turn.Id, caller, stopping => kept.FollowAsync(response.Turn.Id, caller, stopping), CancellationToken.None);
        }

        await ResponseWhole.SendAsync(context, response.Write, cancellationToken);
    }

    /// <summary>POST …/cancel. One that has ended stays as it is and is given back, as by OpenAI.</summary>
    public async Task CancelAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        if (await FindAsync(context, caller, cancellationToken) is not { } response)
        {
            return;
        }

        if (await conversations.CancelAsync(response.Turn.Id, caller.Reader, cancellationToken) is { } refusal)
        {
            await OpenAiErrors.WriteAsync(context, refusal, cancellationToken);
            return;
        }

        var began = time.GetTimestamp();
        while (response.Turn.State is TurnState.Running && time.GetElapsedTime(began) < CancelPatience)
        {
            await Task.Delay(LookAgain, time, cancellationToken);
            if (await FindAsync(context, caller, cancellationToken) is not { } later)
            {
                return;
            }

            response = later;
        }

        await ResponseWhole.SendAsync(context, response.Write, cancellationToken);
    }

    public async Task DeleteAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        if (await FindAsync(context, caller, cancellationToken) is not { } response)
        {
            return;
        }

        var erased = await conversations.EraseAsync(response.Turn.Id, Erasure.ByCaller, caller.Reader, cancellationToken);
        await (erased.Refusal is { } refusal
            ? OpenAiErrors.WriteAsync(context, refusal, cancellationToken)
            : ResponseWhole.SendAsync(context, json => WriteDeleted(json, response.Turn.Id), cancellationToken));
    }

    /// <summary>GET …/input_items: what this response was asked with, without what came before it.</summary>
    public async Task ListInputAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var query = new ResponseQuery(context.Request.Query);
        var page = new InputPage(query.Text("after"), query.Whole("limit", 1, MostItems) ?? UsualItems, query.Word("order", "asc", "desc") != "asc");
        if (query.Fault is { } fault)
        {
            await OpenAiErrors.WriteAsync(context, fault, cancellationToken);
            return;
        }

        if (await FindAsync(context, caller, cancellationToken) is not { } response)
        {
            return;
        }

        var (items, refusal) = await _references.ResolveAsync(response.Request.Input, caller.Reader, cancellationToken);
        refusal ??= page.Fault(response.Turn.Id, items);
        await (refusal is null
            ? ResponseWhole.SendAsync(context, json => page.Write(json, response.Turn.Id, items), cancellationToken)
            : OpenAiErrors.WriteAsync(context, refusal, cancellationToken));
    }

    /// <returns>Null where the refusal has been written.</returns>
    private async Task<StoredResponse?> FindAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var id = context.Request.RouteValues["id"]?.ToString() ?? "";
        var found = id.StartsWith(ResponseIds.Prefix, StringComparison.Ordinal)
            ? await conversations.TurnAsync(id, caller.Reader, cancellationToken)
            : new Kept<StoredTurn>(null, None);
        if (found.Value is { } turn && StoredResponse.Of(turn) is { } response)
        {
            return response;
        }

        await OpenAiErrors.WriteAsync(context, found.Refusal is { } refusal && refusal.Row != Errors.NotFound ? refusal : None, cancellationToken);
        return null;
    }

    private static void WriteDeleted(Utf8JsonWriter json, string id)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("object"u8, "response"u8);
        json.WriteBoolean("deleted"u8, true);
        json.WriteEndObject();
    }
}
