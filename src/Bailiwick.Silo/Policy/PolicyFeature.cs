namespace Bailiwick.Silo.Policy;

/// <summary>The policy's part of a silo: the grain's table and this silo's board.</summary>
internal static class PolicyFeature
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<PolicyTable>();
        services.AddSingleton<PolicyBoard>();
        services.AddSingleton<IPolicyBoard>(provider => provider.GetRequiredService<PolicyBoard>());
        services.AddHostedService(provider => provider.GetRequiredService<PolicyBoard>());
    }
}
