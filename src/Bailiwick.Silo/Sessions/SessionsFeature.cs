using Bailiwick.Protocol;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Npgsql;

namespace Bailiwick.Silo.Sessions;

/// <summary>Grains of conversations on every silo; on a gateway what is kept, and the sweep.</summary>
internal static class SessionsFeature
{
    public static void Add(IServiceCollection services, SiloModel model)
    {
        services.AddSingleton(provider => new TurnTable(Application(provider)));
        if (!model.Roles.HasFlag(SiloRoles.Gateway))
        {
            return;
        }

        if (model.Sessions is not { } sessions)
        {
            services.AddSingleton<NothingKept>();
            services.AddSingleton<ISessionStore>(provider => provider.GetRequiredService<NothingKept>());
            services.AddSingleton<IConversations>(provider => provider.GetRequiredService<NothingKept>());
            return;
        }

        services.AddSingleton(sessions);
        services.AddSingleton(provider => new ConversationTable(Application(provider)));
        services.AddSingleton(provider => new SessionVault(new Seal(sessions.Keys), provider.GetRequiredService<ILogger<SessionVault>>()));
        services.AddSingleton<ISessionStore, SessionStore>();
        services.AddSingleton<IConversations, Conversations>();
        services.AddHostedService(provider => new Retention(
            Application(provider), provider.GetRequiredService<IIntake>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Retention>>()));
    }

    private static NpgsqlDataSource Application(IServiceProvider provider) =>
        provider.GetRequiredKeyedService<NpgsqlDataSource>(SiloDoors.ApplicationDatabase);
}
