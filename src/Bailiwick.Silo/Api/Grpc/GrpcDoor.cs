using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>The gRPC door: its services, and who may call which.</summary>
internal static class GrpcDoor
{
    /// <summary>Largest message that is read, bytes.</summary>
    public const int MaxMessageBytes = 4 << 20;

    /// <summary>Names under which clients find the services.</summary>
    public static readonly string[] Services =
    [
        Protocol.Inference.V1.InferenceService.Descriptor.FullName, Protocol.Operations.V1.OperationsService.Descriptor.FullName,
        Protocol.Audit.V1.AuditService.Descriptor.FullName, Protocol.Conversations.V1.ConversationsService.Descriptor.FullName,
    ];

    public static void AddServices(IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxMessageBytes;
            grpc.EnableDetailedErrors = false;
            grpc.Interceptors.Add<CallBorder>();
        });
        services.AddGrpcReflection();
        services.AddSingleton<KeptRequests>();
        services.AddSingleton<INodes, ClusterNodes>();
    }

    public static void Map(IEndpointRouteBuilder outer)
    {
        var endpoints = outer.MapGroup("");
        ((IEndpointConventionBuilder)endpoints).Finally(endpoint =>
        {
            if (endpoint.RequestDelegate is { } serve)
            {
                endpoint.RequestDelegate = context => MessageBorder.InvokeAsync(context, serve, context.RequestAborted);
            }
        });
        endpoints.MapGrpcService<InferenceDoor>().RequireScope(Scopes.Inference);
        endpoints.MapGrpcService<ConversationsDoor>().RequireScope(Scopes.Inference);
        endpoints.MapGrpcService<OperationsDoor>().RequireScope(Scopes.Operations);
        // Who holds a receipt may ask for its proof; what else it shows to whom, the door itself says.
        endpoints.MapGrpcService<AuditDoor>().RequireScope([.. Scopes.All]);
        endpoints.MapGrpcService<HealthDoor>().RequireScope([.. Scopes.All]);
        endpoints.MapGrpcReflectionService().RequireScope([.. Scopes.All]);
    }
}
