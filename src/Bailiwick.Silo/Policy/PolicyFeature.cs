using Bailiwick.Silo.Hosting;
using Npgsql;

namespace Bailiwick.Silo.Policy;

/// <summary>The policy's part of a silo: the grain's table and this silo's board.</summary>
internal static class PolicyFeature
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton(provider =>
            new PolicyTable(provider.GetRequiredKeyedService<NpgsqlDataSource>(SiloDoors.ApplicationDatabase)));
        services.AddSingleton<PolicyBoard>();
        services.AddSingleton<IPackSource>(provider => provider.GetRequiredService<PolicyTable>());
        services.AddSingleton<IPolicyBoard>(provider => provider.GetRequiredService<PolicyBoard>());
        services.AddSingleton<IObserved>(provider => new PolicyObserved(provider.GetRequiredService<PolicyBoard>()));
        services.AddHostedService(provider => provider.GetRequiredService<PolicyBoard>());
    }
}
