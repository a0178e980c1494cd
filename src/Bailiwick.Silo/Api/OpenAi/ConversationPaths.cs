using System.Buffers;
using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// `/v1/conversations` in OpenAI's shape and `/v1/requests/{id}` in ours. Items are shown as OpenAI's clients read them; they come into
/// being by turns alone (`conversation` of a request), not by posting them.
/// </summary>
internal sealed class ConversationPaths(IConversations conversations, TurnLimits? limits)
{
    private const int DefaultLimit = 20;
    private const int MostLimit = 100;

    /// <summary>POST /v1/conversations: `metadata` and our label extension.</summary>
    public async Task CreateAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var (body, refusal) = await RequestBody.ReadAsync(context.Request, cancellationToken);
        using var held = body;
        if (body is null)
        {
            await OpenAiErrors.WriteAsync(context, refusal!, cancellationToken);
            return;
        }

        var (document, fault) = RequestJson.Read(body.Bytes.Length == 0 ? "{}"u8.ToArray() : body.Bytes);
        using var parsed = document;
        if (document is null)
        {
            await OpenAiErrors.WriteAsync(context, fault!, cancellationToken);
            return;
        }

        var request = new RequestFields(document.RootElement);
        if (request.Any("items") is { } items && !(items.ValueKind == JsonValueKind.Array && items.GetArrayLength() == 0))
        {
            request.Unsupported("items", "is not served: a conversation begins empty and grows by turns");
        }

        var (key, badKey) = IdempotencyHeader.Read(context.Request, body.Bytes.Span);
        var asked = new NewConversation(RequestReader.RaiseAlone(request), Metadata(request), key);
        var made = (request.Fault ?? badKey ?? limits?.TakeRequest(caller)) is { } wrong ? wrong : await conversations.CreateAsync(asked, caller.Reader, cancellationToken);
        await AnswerAsync(context, made, Write, cancellationToken);
    }

    /// <summary>GET /v1/conversations: OpenAI has none; ours has the same fields as its lists.</summary>
    public async Task ListAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        if (Page(context.Request, SessionIds.IsConversation, out var page) is { } fault)
        {
            await OpenAiErrors.WriteAsync(context, fault, cancellationToken);
            return;
        }

        // One more than was asked for tells whether there are more.
        var found = await conversations.ListAsync(page with { Limit = page.Limit + 1 }, caller.Reader, cancellationToken);
        await AnswerAsync(context, found, (json, list) => WriteList(json, list, page.Limit, one => one.Id, Write), cancellationToken);
    }

    public async Task GetAsync(HttpContext context, Caller caller, CancellationToken cancellationToken) =>
        await AnswerAsync(context, await conversations.FindAsync(Id(context), caller.Reader, cancellationToken), Write, cancellationToken);

    /// <summary>DELETE: gone when this is answered, with an erasure record.</summary>
    public async Task DeleteAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var id = Id(context);
        var erased = SessionIds.IsConversation(id)
            ? await conversations.EraseAsync(id, Erasure.ByCaller, caller.Reader, cancellationToken)
            : SessionRefusals.NoConversation;
        await AnswerAsync(context, erased, (json, _) =>
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("object", "conversation.deleted");
            json.WriteBoolean("deleted", true);
            json.WriteEndObject();
        }, cancellationToken);
    }

    /// <summary>GET /v1/conversations/{id}/items: `limit`, `after` (an item's id), `order` (desc unless asc).</summary>
    public async Task ItemsAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var isAscending = context.Request.Query["order"] == "asc";
        if (Page(context.Request, text => ItemId.TurnOf(text) is not null, out var page) is { } fault)
        {
            await OpenAiErrors.WriteAsync(context, fault, cancellationToken);
            return;
        }

        // The page may begin within a turn: the cursor's own turn comes again, and what lies before the cursor is dropped.
        var cursor = ItemId.TurnOf(page.After);
        var items = new List<ConversationItem>();
        if (cursor is not null)
        {
            var begun = await conversations.TurnAsync(cursor, caller.Reader, cancellationToken);
            if (begun.Value is not { Answer: not null } turn || turn.Conversation != Id(context))
            {
                await OpenAiErrors.WriteAsync(context, begun.Refusal ?? SessionRefusals.NoTurn, cancellationToken);
                return;
            }

            items.AddRange(ConversationItem.Of(turn, isAscending).SkipWhile(item => item.Id != page.After).Skip(1));
        }

        var rest = await conversations.TurnsAsync(
            Id(context), new SessionPage(cursor, page.Limit, NewestFirst: !isAscending), caller.Reader, cancellationToken);
        await AnswerAsync(context, rest, (json, turns) =>
        {
            items.AddRange(turns.Turns.SelectMany(turn => ConversationItem.Of(turn, isAscending)));
            WriteList(json, items, page.Limit, item => item.Id, (writer, item) => item.Write(writer), turns.HasMore);
        }, cancellationToken);
    }

    /// <summary>GET /v1/requests/{id}: how far a kept turn is.</summary>
    public async Task RequestAsync(HttpContext context, Caller caller, CancellationToken cancellationToken) =>
        await AnswerAsync(context, await conversations.TurnAsync(Id(context), caller.Reader, cancellationToken), (json, turn) =>
        {
            json.WriteStartObject();
            json.WriteString("id", turn.Id);
            json.WriteString("object", "request");
            json.WriteString("state", turn.State.ToString().ToLowerInvariant());
            json.WriteString("finish_reason", turn.Answer is not { } answer ? null : AnswerShape.Finish(answer.Length, answer.ToolCalls));
            json.WriteString("model", turn.Model);
            json.WriteString("turn", turn.Turn);
            json.WriteString("conversation", turn.Conversation);
            json.WriteNumber("created_at", turn.Created.ToUnixTimeSeconds());
            json.WriteString("error", turn.Code);
            json.WriteString("receipt", turn.Answer?.Receipt.ToText());
            json.WriteEndObject();
        }, cancellationToken);

    private static string Id(HttpContext context) => context.Request.RouteValues["id"]?.ToString() ?? "";

    private static Dictionary<string, string> Metadata(RequestFields request)
    {
        var pairs = new Dictionary<string, string>();
        const string Field = "metadata";
        if (request.Object(Field) is { } metadata)
        {
            foreach (var name in metadata.Names)
            {
                // The names are the client's own text: no sentence repeats one.
                if (metadata.Any(name) is not { ValueKind: JsonValueKind.String } value)
                {
                    request.Refuse(Field, "must be an object of strings");
                    break;
                }

                pairs[name] = value.GetString()!;
            }
        }

        return pairs;
    }

    private static Refusal? Page(HttpRequest request, Func<string, bool> isCursor, out SessionPage page)
    {
        var (limit, after) = (request.Query["limit"].ToString(), request.Query["after"].ToString());
        var number = DefaultLimit;
        page = new SessionPage(null, DefaultLimit);
        if (limit.Length > 0 && (!int.TryParse(limit, System.Globalization.NumberStyles.None, null, out number) || number is < 1 or > MostLimit))
        {
            return new Refusal(Errors.Invalid, $"The parameter limit must be a whole number in 1 to {MostLimit}.") { Field = "limit" };
        }

        if (after.Length > 0 && !isCursor(after))
        {
            return new Refusal(Errors.Invalid, "The parameter after is no id of this list.") { Field = "after" };
        }

        page = new SessionPage(after.Length == 0 ? null : after, number);
        return null;
    }

    private static void Write(Utf8JsonWriter json, Conversation conversation)
    {
        json.WriteStartObject();
        json.WriteString("id", conversation.Id);
        json.WriteString("object", "conversation");
        json.WriteNumber("created_at", conversation.Created.ToUnixTimeSeconds());
        json.WriteStartObject("metadata");
        foreach (var (name, value) in conversation.Metadata)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteStartObject("bailiwick");
        json.WriteStartObject("label");
        json.WriteString("jurisdiction", conversation.Label.Jurisdiction);
        json.WriteString("class", conversation.Label.Class);
        json.WriteString("purpose", conversation.Label.Purpose);
        json.WriteString("tenant", conversation.Label.Tenant);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteList<T>(Utf8JsonWriter json, IReadOnlyList<T> found, int limit, Func<T, string> id, Action<Utf8JsonWriter, T> write, bool hasMore = false)
    {
        var shown = found.Take(limit).ToList();
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var one in shown)
        {
            write(json, one);
        }

        json.WriteEndArray();
        json.WriteString("first_id", shown.Count == 0 ? null : id(shown[0]));
        json.WriteString("last_id", shown.Count == 0 ? null : id(shown[^1]));
        json.WriteBoolean("has_more", hasMore || found.Count > limit);
        json.WriteEndObject();
    }

    private static async Task AnswerAsync<T>(
        HttpContext context, Kept<T> found, Action<Utf8JsonWriter, T> write, CancellationToken cancellationToken)
        where T : class
    {
        if (found.Value is not { } value)
        {
            await OpenAiErrors.WriteAsync(context, found.Refusal!, cancellationToken);
            return;
        }

        var body = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(body, AnswerJson.Options))
        {
            write(json, value);
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, cancellationToken);
    }
}
