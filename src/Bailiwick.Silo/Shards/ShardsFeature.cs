using Bailiwick.Protocol;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Shards;

/// <summary>Shards of a silo: decoders on workers, the way to them on gateways, each model's grain on any.</summary>
internal static class ShardsFeature
{
    public static IServiceCollection Add(IServiceCollection services, SiloModel model)
    {
        services.AddSingleton(_ => new DesiredReplicas(model.Database.Application));
        services.AddSingleton<IDesiredReplicas>(provider => provider.GetRequiredService<DesiredReplicas>());
        services.AddSingleton<IDrains>(provider => provider.GetRequiredService<DesiredReplicas>());
        services.AddSingleton<IPackSource>(provider => provider.GetRequiredService<DesiredReplicas>());
        return Add(services, model.Identity, model.Roles, model.Decoders);
    }

    /// <summary>The same over another <see cref="IDesiredReplicas"/>, which the caller adds.</summary>
    public static IServiceCollection Add(IServiceCollection services, SiloIdentity identity, SiloRoles roles, DecoderModel decoders)
    {
        services.AddSingleton(identity);
        services.AddSingleton<DrainState>();
        services.AddSingleton<ShardStreams>();
        services.AddSingleton<ReplicaHosts>();
        services.AddSingleton<ShardWorker>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<DecoderSupervisor>(provider, decoders));
        services.AddSingleton<ReplicaReporter>();
        services.AddSingleton<ShardCalls>();
        services.AddSingleton<ReplicaBoard>();
        services.AddSingleton<IShards, Shards>();
        services.AddSingleton<IObserved>(provider => ActivatorUtilities.CreateInstance<ShardsObserved>(provider, roles));
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => new ShardsLife(
            provider, provider.GetRequiredService<DrainState>(), provider.GetRequiredService<ShardStreams>(), roles,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ShardsLife>>()));
        return services;
    }
}
