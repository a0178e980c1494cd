using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Shards;
using Bailiwick.Silo.Turns;
using Grpc.Core;
using Grpc.Health.V1;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>
/// grpc.health.v1: the gateway ("") and each service serve once the gateway knows the cluster's models, a model by its name while one of
/// its replicas is ready. A model that the caller may not see is unknown, as in the list of models.
/// </summary>
internal sealed class HealthDoor(
    IShards shards, IOfferedModels models, ICallerAccessor callers, ICallerStanding standing, IHostApplicationLifetime life, TimeProvider time)
    : Health.HealthBase
{
    /// <summary>No slower than snapshots change.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        StatusOf(request.Service, CallerOf(context)) is not Status.ServiceUnknown and var status
            ? Task.FromResult(new HealthCheckResponse { Status = status })
            : throw GrpcRefusals.ToException(new Refusal(Errors.NotFound, "This door has no such service or model.") { Field = "service" });

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var (caller, told) = (CallerOf(context), Status.Unknown);
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            if (standing.Fault(caller) is { } revoked)
            {
                throw GrpcRefusals.ToException(revoked);
            }

            if (StatusOf(request.Service, caller) is var status && status != told)
            {
                told = status;
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, context.CancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(context.CancellationToken));
    }

    private Status StatusOf(string service, Caller caller)
    {
        // Before the port closes, so that a balancer sees it.
        var serves = !life.ApplicationStopping.IsCancellationRequested;
        return service.Length == 0 || GrpcDoor.Services.Contains(service) ? Of(serves && shards.Current.IsSettled)
            : models.Find(service, caller).Model is { } model && model.Name == service ? Of(serves && ModelText.State(model) is ModelState.Ready)
            : Status.ServiceUnknown;
    }

    private static Status Of(bool serves) => serves ? Status.Serving : Status.NotServing;

    private Caller CallerOf(ServerCallContext context) =>
        callers.Of(context.GetHttpContext()) ?? throw new InvalidOperationException("No caller behind the authentication.");
}
