using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Bailiwick.Silo.Audit;

/// <summary>What the silo needs to write evidence, and a gateway to make and show it.</summary>
internal static class AuditFeature
{
    /// <summary>
    /// Call it before other hosted services are added: hosts stop in reverse order, and the intake takes outcomes until the last turn
    /// has ended.
    /// </summary>
    public static void Add(IServiceCollection services, SiloModel model)
    {
        services.AddSingleton<Intake>(provider =>
            new Intake(model, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Intake>>()));
        services.AddSingleton<IIntake>(provider => provider.GetRequiredService<Intake>());
        services.AddHostedService(provider => provider.GetRequiredService<Intake>());
        services.AddSingleton<IObserved>(provider =>
            new AuditObserved(provider.GetRequiredService<Intake>(), provider.GetService<Sequencer>(), provider.GetService<Reaper>()));
        if (model.Log is { } log)
        {
            AddLog(services, model, log);
        }
    }

    /// <summary>Call it after Orleans was added: it asks who is a member.</summary>
    public static void AddReaper(IServiceCollection services, SiloModel model)
    {
        if (model.Log is null)
        {
            return;
        }

        services.TryAddSingleton<INodes, ClusterNodes>();
        services.AddSingleton(provider => new Reaper(
            NpgsqlDataSource.Create(model.Database.Sequencer!), provider.GetRequiredService<IIntake>(), provider.GetRequiredService<INodes>(),
            $"{model.Identity.Zone}/{model.Identity.Node}", provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Reaper>>()));
        services.AddHostedService(provider => provider.GetRequiredService<Reaper>());
    }

    private static void AddLog(IServiceCollection services, SiloModel model, LogModel log)
    {
        services.AddSingleton(log);
        services.AddSingleton<Sequencer>(provider =>
            new Sequencer(model, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Sequencer>>()));
        services.AddHostedService(provider => provider.GetRequiredService<Sequencer>());
        services.AddSingleton(_ => new EvidenceReader(model.Database.Auditor!));
        services.AddSingleton(provider => new PackExport(
            Path.Combine(model.Data, "export"), log.Key, provider.GetRequiredService<EvidenceReader>(), provider.GetRequiredService<IIntake>(),
            provider.GetServices<IPackSource>(),
            provider.GetRequiredService<ILogger<PackExport>>()));
    }
}
