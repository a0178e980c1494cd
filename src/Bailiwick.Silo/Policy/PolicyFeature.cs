using Bailiwick.Evidence;
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
        // An evidence pack holds every policy that its records may name.
        services.AddSingleton<Func<CancellationToken, Task<IReadOnlyList<PackDocument>>>>(provider => async cancellationToken =>
            [.. (await provider.GetRequiredService<PolicyTable>().AllAsync(cancellationToken)).Select(content => new PackDocument("yaml", content))]);
        services.AddSingleton<IPolicyBoard>(provider => provider.GetRequiredService<PolicyBoard>());
        services.AddSingleton<IObserved>(provider => new PolicyObserved(provider.GetRequiredService<PolicyBoard>()));
        services.AddHostedService(provider => provider.GetRequiredService<PolicyBoard>());
    }
}
