using System.Collections.Concurrent;
using System.Net;
using Bailiwick.Client;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Audit.V1;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Protocol.Operations.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.Tests.Client;

/// <summary>A gateway on a real loopback connection that does what a test says.</summary>
internal sealed class ScriptedGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedGateway(WebApplication app, Uri address) => (_app, Address) = (app, address);

    public Uri Address { get; }

    public Script Script => _app.Services.GetRequiredService<Script>();

    public static async Task<ScriptedGateway> StartAsync(Script script)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(script);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Use((context, next) =>
        {
            // Not served here, and still an answer: the gateway lives.
            if (context.Request.Path == "/grpc.health.v1.Health/Check")
            {
                script.CountProbe();
            }

            return next(context);
        });
        app.UseRouting();
        app.MapGrpcService<ScriptedInference>();
        app.MapGrpcService<ScriptedAudit>();
        app.MapGrpcService<ScriptedOperations>();
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new ScriptedGateway(app, new Uri(address));
    }

    public static BailiwickClientOptions Options(params IEnumerable<Uri> gateways) => new()
    {
        Gateways = [.. gateways],
        Key = "test-key",
        Backoff = TimeSpan.FromMilliseconds(1),
        LongestBackoff = TimeSpan.FromMilliseconds(20),
        // A busy machine is slow to answer a probe; only the test of a mute connection wants it fast.
        ProbeLimit = TimeSpan.FromSeconds(60),
    };

    /// <summary>A refusal as the doors give it.</summary>
    public static RpcException Refusal(ErrorRow row, string sentence, TimeSpan? retryAfter = null, params (string Name, string Value)[] details)
    {
        var info = new ErrorInfo { Domain = "bailiwick", Reason = row.Code };
        info.Metadata.Add(details.ToDictionary(detail => detail.Name, detail => detail.Value));
        var status = new Google.Rpc.Status { Code = row.Grpc, Message = sentence, Details = { Any.Pack(info) } };
        if (retryAfter is { } wait)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        }

        return status.ToRpcException();
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}

/// <summary>What the gateway does, and what it saw.</summary>
internal sealed class Script
{
    private const int ProbesToSee = 3;

    private readonly TaskCompletionSource _probed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _probes;

    /// <summary>Before token number `n` of the whole answer (from 0) is sent in a call; null = go on.</summary>
    public Func<int, ServerCallContext, Task>? BeforeToken { get; init; }

    /// <summary>Before anything is sent.</summary>
    public Func<ServerCallContext, Task>? AtStart { get; init; }

    /// <summary>Trailer `bailiwick-receipt`.</summary>
    public string? Receipt { get; init; }

    public Func<GetProofRequest, GetProofResponse>? Proof { get; init; }

    public ConcurrentQueue<ChatRequest> Chats { get; } = [];

    public ConcurrentQueue<string?> Credentials { get; } = [];

    /// <summary>Zones and names.</summary>
    public IReadOnlyList<(string Zone, string Node)> Nodes { get; init; } = [];

    public ConcurrentQueue<DrainRequest> Drains { get; } = [];

    /// <summary>Ends when a client has asked so often whether the gateway lives.</summary>
    public Task Probed => _probed.Task;

    public void CountProbe()
    {
        if (Interlocked.Increment(ref _probes) == ProbesToSee)
        {
            _probed.SetResult();
        }
    }

    /// <summary>Tokens of the one answer, whatever is asked.</summary>
    public static IReadOnlyList<(int Id, string Text)> Answer { get; } =
        [.. Enumerable.Range(0, 24).Select(n => (1000 + n, n % 3 == 2 ? "" : $"w{n} "))];

    /// <summary>Tokens of a call, given instead to a request with functions whose last message is no result.</summary>
    public static IReadOnlyList<(int Id, ToolCallPiece Piece)> Call { get; } =
    [
        (2000, new ToolCallPiece { Id = "call_1_0", Name = "get_weather", Arguments = "{" }),
        (2001, new ToolCallPiece { Arguments = "\"city\": " }),
        (2002, new ToolCallPiece { Arguments = "\"Paris\"" }),
        (2003, new ToolCallPiece { Arguments = "}" }),
    ];

    public static string Text => string.Concat(Answer.Select(token => token.Text)) + "!";
}

/// <summary>Ends the stream with status OK and without Finished.</summary>
internal sealed class EarlyEndException : Exception;

internal sealed class ScriptedInference(Script script) : InferenceService.InferenceServiceBase
{
    private static int _turns;

    public override async Task Chat(ChatRequest request, IServerStreamWriter<ChatResponse> responseStream, ServerCallContext context)
    {
        script.Chats.Enqueue(request);
        script.Credentials.Enqueue(context.RequestHeaders.GetValue("authorization"));
        if (script.AtStart is { } start)
        {
            await start(context);
        }

        var turn = $"t-{Interlocked.Increment(ref _turns)}";
        var seed = request.Settings?.HasSeed ?? false ? request.Settings.Seed : 4711;
        await responseStream.WriteAsync(new ChatResponse
        {
            Started = new Started { Turn = turn, Model = "m@0123", Seed = seed, PromptTokens = 5 },
        });
        var calls = request.Tools.Count > 0 && request.Messages[^1].Role != "tool";
        for (var n = request.Resume?.Token.Count ?? 0; n < (calls ? Script.Call.Count : Script.Answer.Count); n++)
        {
            try
            {
                await (script.BeforeToken?.Invoke(n, context) ?? Task.CompletedTask);
            }
            catch (EarlyEndException)
            {
                return;
            }

            if (calls)
            {
                var (id, piece) = Script.Call[n];
                await responseStream.WriteAsync(new ChatResponse { Delta = new Delta { Token = { new Token { Id = id } }, ToolCall = { piece } } });
                continue;
            }

            await responseStream.WriteAsync(new ChatResponse
            {
                Delta = new Delta { Text = Script.Answer[n].Text, Token = { new Token { Id = Script.Answer[n].Id, Text = Script.Answer[n].Text } } },
            });
        }

        if (script.Receipt is { } receipt)
        {
            context.ResponseTrailers.Add(Bailiwick.Protocol.Receipts.Receipt.Trailer, receipt);
        }

        if (calls)
        {
            await responseStream.WriteAsync(new ChatResponse { Finished = new Finished { Reason = FinishReason.ToolCalls, PromptTokens = 5 } });
            return;
        }

        await responseStream.WriteAsync(new ChatResponse
        {
            Finished = new Finished { Reason = FinishReason.Stop, Text = "!", PromptTokens = 5, AnswerTokens = Script.Answer.Count - (request.Resume?.Token.Count ?? 0) },
        });
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse { Models = { new Model { Name = "m", State = ModelState.Ready } } });

    public override Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context) =>
        Task.FromResult(new TokenizeResponse { Token = { request.Text.Select(character => (int)character) } });
}

internal sealed class ScriptedAudit(Script script) : AuditService.AuditServiceBase
{
    public override Task<GetProofResponse> GetProof(GetProofRequest request, ServerCallContext context) =>
        Task.FromResult(script.Proof!(request));
}

internal sealed class ScriptedOperations(Script script) : OperationsService.OperationsServiceBase
{
    public override Task<ListNodesResponse> ListNodes(ListNodesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListNodesResponse { Nodes = { script.Nodes.Select(node => new Node { Zone = node.Zone, Node_ = node.Node }) } });

    public override Task<DrainResponse> Drain(DrainRequest request, ServerCallContext context)
    {
        script.Drains.Enqueue(request);
        return Task.FromResult(new DrainResponse());
    }
}
