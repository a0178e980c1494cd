using System.Text.Json;
using Bailiwick.Protocol;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// The HTTP door in OpenAI's shape. Every path answers, unknown ones too, in the error shape; none without a caller. No header ever
/// holds a word of the request, and no CORS header exists: browsers of other origins stay out.
/// </summary>
internal sealed class OpenAiDoor(
    ITurns turns, ModelList models, ConversationPaths conversations, ResponsesDoor responses, StoredResponsesDoor stored,
    ICallerAccessor callers, TimeProvider time, ILogger logger)
{
    private readonly RequestReader _reader = new(time);

    /// <summary>What a caller hears of a bug.</summary>
    public static Refusal Bug { get; } = new(Errors.Internal, "The request met a fault inside the cluster.");

    /// <summary>
    /// Maps every path, so the port must be this door's alone; the group is the place to say for whom it is. Needs <see cref="ITurns"/>, <see cref="IOfferedModels"/>, <see cref="IConversations"/>,
    /// <see cref="ICallerAccessor"/> and <see cref="TimeProvider"/>.
    /// </summary>
    public static RouteGroupBuilder Map(IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var door = new OpenAiDoor(
            services.GetRequiredService<ITurns>(),
            new ModelList(services.GetRequiredService<IOfferedModels>()),
            new ConversationPaths(services.GetRequiredService<IConversations>(), services.GetService<TurnLimits>()),
            ActivatorUtilities.CreateInstance<ResponsesDoor>(services),
            ActivatorUtilities.CreateInstance<StoredResponsesDoor>(services),
            services.GetRequiredService<ICallerAccessor>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>().CreateLogger("Bailiwick.Silo.Api.OpenAi"));
        var group = routes.MapGroup("");
        door.MapServed(group);
        var later = new Refusal(Errors.Capability, "This endpoint comes later: this door does not serve it yet.");
        foreach (var pattern in UnservedPaths.Patterns)
        {
            group.Map(pattern, door.Refusing(later));
        }

        group.MapFallback("{**path}", door.Refusing(new Refusal(Errors.NotFound, "This door has no such path.")));
        return group;
    }

    private void MapServed(RouteGroupBuilder group)
    {
        const string One = "/v1/models/{**reference}";
        group.MapPost("/v1/chat/completions", Guarded((context, caller, cancellationToken) =>
            AnswerAsync(context, caller, _reader.Chat, flag => new ChatShape(flag), cancellationToken)));
        group.MapPost("/v1/completions", Guarded((context, caller, cancellationToken) =>
            AnswerAsync(context, caller, RequestReader.Completion, flag => new CompletionShape(flag), cancellationToken)));
        group.MapPost("/v1/responses", Guarded(responses.CreateAsync));
        group.MapPost("/v1/responses/input_tokens", Guarded(responses.CountAsync));
        group.MapGet("/v1/responses/{id}", Guarded(stored.ReadAsync));
        group.MapDelete("/v1/responses/{id}", Guarded(stored.DeleteAsync));
        group.MapPost("/v1/responses/{id}/cancel", Guarded(stored.CancelAsync));
        group.MapGet("/v1/responses/{id}/input_items", Guarded(stored.ListInputAsync));
        group.MapGet("/v1/models", Guarded((context, caller, cancellationToken) => models.AllAsync(context, caller, cancellationToken)));
        group.MapGet(One, Guarded((context, caller, cancellationToken) =>
            models.OneAsync(context, caller, Reference(context), cancellationToken)));
        const string Conversation = "/v1/conversations/{id}";
        group.MapPost("/v1/conversations", Guarded(conversations.CreateAsync));
        group.MapGet("/v1/conversations", Guarded(conversations.ListAsync));
        group.MapGet(Conversation, Guarded(conversations.GetAsync));
        group.MapDelete(Conversation, Guarded(conversations.DeleteAsync));
        group.MapGet(Conversation + "/items", Guarded(conversations.ItemsAsync));
        group.MapGet("/v1/requests/{id}", Guarded(conversations.RequestAsync));
        foreach (var (pattern, method) in new[]
        {
            ("/v1/chat/completions", "POST"), ("/v1/completions", "POST"), ("/v1/responses", "POST"),
            ("/v1/responses/input_tokens", "POST"), ("/v1/responses/{id}", "GET, DELETE"), ("/v1/responses/{id}/cancel", "POST"), ("/v1/responses/{id}/input_items", "GET"), ("/v1/models", "GET"), (One, "GET"),
            ("/v1/conversations", "GET, POST"), (Conversation, "GET, DELETE"), (Conversation + "/items", "GET"), ("/v1/requests/{id}", "GET"),
        })
        {
            group.Map(pattern, OnlyBy(method));
        }
    }

    // Kestrel leaves an escaped slash in the path as it is.
    private static string Reference(HttpContext context) =>
        context.Request.RouteValues["reference"]?.ToString()?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase) ?? "";

    private RequestDelegate Refusing(Refusal refusal) =>
        Guarded((context, _, cancellationToken) => OpenAiErrors.WriteAsync(context, refusal, cancellationToken));

    private RequestDelegate OnlyBy(string method)
    {
        var refusal = new Refusal(Errors.Method, $"This path is read by {method} only.");
        return Guarded((context, _, cancellationToken) =>
        {
            context.Response.Headers.Allow = method;
            return OpenAiErrors.WriteAsync(context, refusal, cancellationToken);
        });
    }

    private async Task AnswerAsync(
        HttpContext context,
        Caller caller,
        Func<JsonElement, (DoorRequest? Request, Refusal? Refusal)> read,
        Func<bool, AnswerShape> shapeWith,
        CancellationToken cancellationToken)
    {
        var (request, refusal) = await RequestBody.ParseAsync(
            context.Request,
            (body, key) =>
            {
                var (made, refused) = read(body);
                return (made?.Under(key), refused);
            },
            cancellationToken);
        if (request is null)
        {
            await OpenAiErrors.WriteAsync(context, refusal!, cancellationToken);
            return;
        }

        var shape = shapeWith(request.Turn.Submit.Logprobs);
        var events = turns.RunAsync(request.Turn, caller, cancellationToken);
        if (request.IsStream)
        {
            await using var stream = new ChunkStream(context, shape, request.WithUsage, time);
            await AnswerLoop.WriteAsync(context, events, stream, cancellationToken);
        }
        else
        {
            await AnswerLoop.WriteAsync(context, events, new PlainAnswer(context, shape, request.Turn.Submit.Logprobs), cancellationToken);
        }
    }

    private RequestDelegate Guarded(Func<HttpContext, Caller, CancellationToken, Task> act) => context => GuardAsync(context, act);

    private async Task GuardAsync(HttpContext context, Func<HttpContext, Caller, CancellationToken, Task> act)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["X-Request-Id"] = context.TraceIdentifier;
        try
        {
            if (callers.Of(context) is { } caller)
            {
                await act(context, caller, context.RequestAborted);
            }
            else
            {
                var refusal = new Refusal(Errors.Unauthenticated, "The request has no valid credential.");
                await OpenAiErrors.WriteAsync(context, refusal, context.RequestAborted);
            }
        }
        catch (Exception problem) when (
            problem is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The caller has left: nobody hears an answer, and its turn has been told.
        }
        catch (Exception problem)
        {
            // Request border: a bug ends this request, not the silo.
            logger.RequestFailed(context.TraceIdentifier, problem.GetType().Name, problem.StackTrace);
            await FailAsync(context);
        }
    }

    private async Task FailAsync(HttpContext context)
    {
        if (context.Response.HasStarted)
        {
            await StreamAnswer.BreakAsync(context, time, context.RequestAborted);
        }
        else
        {
            context.Response.Headers.Remove(Protocol.Receipts.Receipt.Header);
            await OpenAiErrors.WriteAsync(context, Bug, context.RequestAborted);
        }
    }
}
