using System.Net;
using Bailiwick.Residency;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>The OpenAI door on a loopback port of its own, over scripted turns or others.</summary>
internal sealed class ScriptedDoor : IAsyncDisposable
{
    public const string Key = "bw-test-key";

    private readonly WebApplication _app;

    private ScriptedDoor(WebApplication app, ScriptedTurns turns) => (_app, Turns) = (app, turns);

    public ScriptedTurns Turns { get; }

    /// <summary>Without a path and its slash.</summary>
    public Uri Address => new(_app.Urls.Single());

    public Uri V1 => new(Address, "/v1");

    public static async Task<ScriptedDoor> OpenAsync(
        CancellationToken cancellationToken, ITurns? others = null, Action<KestrelServerLimits>? limit = null)
    {
        var turns = new ScriptedTurns();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging();
        builder.Services.AddSingleton(TimeProvider.System);
        var store = new ScriptedStore(others ?? turns);
        builder.Services.AddSingleton<ITurns>(store);
        builder.Services.AddSingleton<IKeptTurns>(store);
        builder.Services.AddSingleton<IConversations>(store);
        builder.Services.AddSingleton<IStoreRule>(store);
        builder.Services.AddSingleton<RunningTurns>().AddSingleton<BackgroundTurns>();
        builder.Services.AddSingleton((ITextCalls)(others ?? turns));
        builder.Services.AddSingleton<IOfferedModels, OneModel>();
        builder.Services.AddSingleton<ICallerAccessor, BearerOfTheKey>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            limit?.Invoke(kestrel.Limits);
        });
        var app = builder.Build();
        app.UseRouting();
        OpenAiDoor.Map(app);
        await app.StartAsync(cancellationToken);
        return new ScriptedDoor(app, turns);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class BearerOfTheKey : ICallerAccessor
    {
        private static readonly Caller Caller = new(
            "k-0000000000000000", new Label("eu", "open", "assist", "team"), null, ["inference"]);

        public Caller? Of(HttpContext context) => context.Request.Headers.Authorization == $"Bearer {Key}" ? Caller : null;
    }

    private sealed class OneModel : IOfferedModels
    {
        private readonly ReplicaSnapshot _all = new([
            new ServedModel
            {
                Name = ScriptedTurns.Model, Aliases = ["default", "org/scripted"], Build = ScriptedTurns.Build, Family = "llama",
                Openness = "open-source", Licence = "Apache-2.0", UseRestrictions = [], PermittedZones = null, ContextTokens = 2048,
                Entry = "",
                Replicas = [new Replica { Zone = "z", Node = "n", Model = ScriptedTurns.Model, Build = ScriptedTurns.Build, Phase = ReplicaPhase.Ready }],
            },
        ]);

        public (IReadOnlyList<ServedModel> Models, Refusal? Refusal) For(Caller caller) => (_all.Models, null);

        public (ServedModel? Model, Refusal? Refusal) Find(string reference, Caller caller) =>
            _all.Find(reference) is { } model ? (model, null) : (null, _all.NotFound);
    }
}
