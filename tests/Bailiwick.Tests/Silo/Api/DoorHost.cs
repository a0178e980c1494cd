using System.Net;
using System.Net.Sockets;
using Bailiwick.Protocol;
using Bailiwick.Residency;
using Bailiwick.Residency.Callers;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Grpc;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Observation;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bailiwick.Tests.Silo.Api;

/// <summary>The doors of a silo on real ports, behind them scripts: no Orleans, no database.</summary>
internal sealed class DoorHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DoorHost(CallersModel callers, TlsModel? tls)
    {
        Listen = new ListenModel(IPAddress.Loopback, Silo: 0, FreePort(), FreePort(), FreePort()) { Tls = tls };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => SiloDoors.Listen(kestrel, Listen, SiloRoles.Gateway));
        AddServices(builder.Services, callers);
        _app = builder.Build();
        SiloDoors.Use(_app, Listen, SiloRoles.Gateway);
        Channel = GrpcChannel.ForAddress(At(Listen.Grpc, ""));
    }

    /// <summary>A minute; turns that are scripted are not counted.</summary>
    public const int RequestsPerKey = 1000;

    public ListenModel Listen { get; }

    public ScriptedTurns Turns { get; } = new();

    public ScriptedShards Shards { get; } = new();

    public ScriptedKeyring Keyring { get; } = new();

    public ScriptedKeyStore Keys { get; } = new();

    public ScriptedBoard Board { get; } = new();

    public ScriptedIntake Intake { get; } = new();

    public ScriptedNodes Nodes { get; } = new();

    public GrpcChannel Channel { get; }

    public IReadOnlyList<Endpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    public static Task<DoorHost> StartAsync() => StartAsync(CallersModel.KeysOnly, null);

    public static async Task<DoorHost> StartAsync(CallersModel callers, TlsModel? tls)
    {
        for (var tries = 1; ; tries++)
        {
            var host = new DoorHost(callers, tls);
            try
            {
                await host._app.StartAsync();
                return host;
            }
            catch (IOException problem) when (problem.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException && tries < 5)
            {
                // Another test took a port between its choice and its use.
                await host.DisposeAsync();
            }
        }
    }

    /// <summary>What is kept; nothing unless a test says otherwise.</summary>
    public ScriptedConversations Conversations { get; } = new();

    public Uri At(int port, string path) => new($"{Scheme(port)}://127.0.0.1:{port}{path}");

    /// <summary>Headers of a caller whose key has some scopes.</summary>
    public Metadata As(params string[] scopes) => Bearer(Keyring.Add(scopes));

    public static Metadata Bearer(string secret) => new() { { "authorization", "Bearer " + secret } };

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.DisposeAsync();
    }

    private void AddServices(IServiceCollection services, CallersModel callers)
    {
        services.AddRoutingCore();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        var map = NetworkMap.Create([new NetworkEntry("127.0.0.0/8", "local-1")], new IdList(["local-1"]), out _);
        SiloDoors.AddCallers(services, new CallerNetworks(map), callers, Listen.Tls);
        SiloDoors.AddResponses(services);
        GrpcDoor.AddServices(services);
        ObservationFeature.Add(services);
        services.AddSingleton(new TurnLimits([new LimitModel(ScriptedKeyring.Tenant, PerKey: true, RequestsPerKey, Tokens: 1_000_000)]));
        services.AddSingleton(new Boundary("paper", "local", new Dictionary<string, string>())).AddSingleton<ITurns>(Turns).AddSingleton<IKeptTurns>(Turns).AddSingleton<ISessionStore, NothingKept>().AddSingleton<IShards>(Shards).AddSingleton<IKeyring>(Keyring).AddSingleton<IKeyStore>(Keys)
            .AddSingleton<IPolicyBoard>(Board).AddSingleton<IConversations>(Conversations).AddSingleton<IIntake>(Intake).AddSingleton<INodes>(Nodes).AddSingleton<IDrains>(Nodes)
            .AddSingleton(new SiteName("test")).AddSingleton<IOfferedModels, OfferedModels>().AddSingleton<ITextCalls, TextCalls>().AddSingleton<RunningTurns>();
    }

    private string Scheme(int port) => Listen.Tls is null || port == Listen.Operations ? "http" : "https";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
