using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Shards;
using Grpc.Health.V1;
using Grpc.HealthCheck;

namespace Bailiwick.Silo.Api.Grpc;

/// <summary>
/// Keeps grpc.health.v1 current: the gateway ("") and each service, which serve once the gateway knows the cluster's models, and each model by its name, which serves while one of its replicas
/// is ready.
/// </summary>
internal sealed class ModelHealth(HealthServiceImpl health, IShards shards, TimeProvider time, IHostApplicationLifetime life) : BackgroundService
{
    /// <summary>No slower than snapshots change.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private IReadOnlyCollection<string> _named = [];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the port closes, so that a balancer sees it.
        life.ApplicationStopping.Register(StopServing);
        Update();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Update();
        }
    }

    private static HealthCheckResponse.Types.ServingStatus Status(bool serves) =>
        serves ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing;

    private void Update()
    {
        if (life.ApplicationStopping.IsCancellationRequested)
        {
            return;
        }

        var current = shards.Current;
        foreach (var service in GrpcDoor.Services.Append(""))
        {
            health.SetStatus(service, Status(current.IsSettled));
        }

        var models = current.Models;
        foreach (var model in models)
        {
            health.SetStatus(model.Name, Status(ModelText.State(model) == ModelState.Ready));
        }

        foreach (var gone in _named.Except(models.Select(model => model.Name)))
        {
            health.ClearStatus(gone);
        }

        _named = [.. models.Select(model => model.Name)];
    }

    private void StopServing()
    {
        foreach (var name in _named.Concat(GrpcDoor.Services).Append(""))
        {
            health.SetStatus(name, Status(false));
        }
    }
}
