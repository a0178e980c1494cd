using Bailiwick.Protocol;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Grpc;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Api.Responses;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Api.Tokens;
using Bailiwick.Silo.Observation;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Bailiwick.Silo.Hosting;

/// <summary>The listeners of a silo and what stands behind each: gRPC, OpenAI-compatible HTTP, operations.</summary>
internal static class SiloDoors
{
    /// <summary>Key of the data source that has the application's login.</summary>
    public const string ApplicationDatabase = "application";

    /// <summary>Largest request body, bytes; gRPC bounds its messages lower (<see cref="GrpcDoor.MaxMessageBytes"/>).</summary>
    private const long MaxBodyBytes = 8 << 20;

    public static void AddServices(IServiceCollection services, SiloModel model)
    {
        // A token leaves on the thread that wrote it: two changes of thread less per token, and no handler of the doors blocks.
        services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        services.TryAddKeyedSingleton(ApplicationDatabase, (_, _) => NpgsqlDataSource.Create(model.Database.Application));
        services.TryAddSingleton<IKeyStore>(provider =>
            new KeyStore(provider.GetRequiredKeyedService<NpgsqlDataSource>(ApplicationDatabase)));
        // Workers too: their operations port asks for a key.
        services.AddSingleton<Keyring>();
        services.AddHostedService(provider => provider.GetRequiredService<Keyring>());
        services.AddSingleton<IKeyring>(provider => provider.GetRequiredService<Keyring>());
        services.AddSingleton(new SiteName(model.Boundary));
        AddCallers(services, new CallerNetworks(model.Networks), model.Callers, model.Listen.Tls);
        AddResponses(services);
        if (HasGrpc(model.Listen, model.Roles))
        {
            GrpcDoor.AddServices(services);
        }
    }

    /// <summary>What doors need beyond turns and the store.</summary>
    public static void AddResponses(IServiceCollection services)
    {
        services.AddSingleton<IStoreRule, StoreRule>();
        services.AddSingleton<BackgroundTurns>();
    }

    /// <summary>Who calls; needs an <see cref="IKeyring"/>.</summary>
    public static void AddCallers(IServiceCollection services, CallerNetworks networks, CallersModel callers, TlsModel? tls)
    {
        services.AddSingleton(networks);
        CallerSetup.Add(services, callers, tls);
        services.AddSingleton<TokenRefusals>();
        services.AddSingleton<CallerAuthentication>();
        services.AddSingleton<ICallerAccessor>(provider => provider.GetRequiredService<CallerAuthentication>());
        services.AddSingleton<IChance, SystemChance>();
        services.AddSingleton<KeyMint>();
    }

    public static void Listen(KestrelServerOptions kestrel, ListenModel listen, SiloRoles roles)
    {
        kestrel.AddServerHeader = false;
        Limit(kestrel.Limits);
        kestrel.Listen(listen.Address, listen.Operations, door => door.Protocols = HttpProtocols.Http1);
        if (HasGrpc(listen, roles))
        {
            // Without TLS there is no negotiation: HTTP/2 needs a port where nothing else is spoken. With TLS it stays so.
            kestrel.Listen(listen.Address, listen.Grpc, door => Open(door, HttpProtocols.Http2, listen.Tls));
        }

        if (HasHttp(listen, roles))
        {
            kestrel.Listen(listen.Address, listen.Http, door => Open(door, HttpProtocols.Http1, listen.Tls));
        }
    }

    /// <summary>Gives each port its door. A port without one answers nothing.</summary>
    public static void Use(WebApplication app, ListenModel listen, SiloRoles roles)
    {
        var doors = new Dictionary<int, RequestDelegate>
        {
            [listen.Operations] = DoorPipeline.Build(app.Services, HttpRefusals.WriteAsync, MapOperations),
        };
        if (HasGrpc(listen, roles))
        {
            doors[listen.Grpc] = DoorPipeline.Build(app.Services, GrpcRefusals.WriteAsync, GrpcDoor.Map);
        }

        if (HasHttp(listen, roles))
        {
            doors[listen.Http] = DoorPipeline.Build(app.Services, OpenAiErrors.WriteAsync, MapHttp);
        }

        app.Run(context => doors[context.Connection.LocalPort](context));
    }

    // The web host starts after Orleans: who gets an answer speaks to a member of the cluster.
    private static void MapOperations(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health", () => Results.Text("ok\n")).OpenOnLoopback();
        ObservationFeature.Map(endpoints.MapGroup("").RequireScope(Scopes.Operations));
    }

    private static void MapHttp(IEndpointRouteBuilder endpoints) => OpenAiDoor.Map(endpoints).RequireScope(Scopes.Inference);

    private static void Open(Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions door, HttpProtocols protocols, TlsModel? tls)
    {
        door.Protocols = protocols;
        if (tls is not null)
        {
            DoorTls.Use(door, tls);
        }
    }

    private static void Limit(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = 4096;
        limits.MaxRequestBodySize = MaxBodyBytes;
        // Who sends a header byte by byte holds a connection no longer than this.
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.Http2.MaxStreamsPerConnection = 256;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }

    private static bool HasGrpc(ListenModel listen, SiloRoles roles) => roles.HasFlag(SiloRoles.Gateway) && listen.Grpc > 0;

    private static bool HasHttp(ListenModel listen, SiloRoles roles) => roles.HasFlag(SiloRoles.Gateway) && listen.Http > 0;
}
