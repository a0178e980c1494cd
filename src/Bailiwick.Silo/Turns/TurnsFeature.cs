using System.Buffers.Binary;
using System.Security.Cryptography;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Observation;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>Turns of a gateway.</summary>
internal static class TurnsFeature
{
    private const int SeedBits = 53;

    public static void Add(IServiceCollection services, SiloModel model)
    {
        if (model.Log is not { } log)
        {
            return;
        }

        services.AddSingleton(new Boundary(model.Boundary, model.Jurisdiction, model.Neighbours));
        services.AddSingleton(provider => new TurnServices(
            provider.GetRequiredService<ICallerStanding>(), provider.GetRequiredService<IPolicyBoard>(), provider.GetRequiredService<IShards>(),
            provider.GetRequiredService<IIntake>(), provider.GetRequiredService<ISessionStore>(), provider.GetRequiredService<RunningTurns>(), provider.GetRequiredService<Boundary>(), log.Origin, NewSeed,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<TurnInstruments>(),
            provider.GetRequiredService<ILogger<Turn>>()));
        services.AddSingleton<RunningTurns>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<RunningTurns>());
        services.AddGrainService<RunningTurnsService>();
        services.AddSingleton<IFollowing>(provider => ActivatorUtilities.CreateInstance<Following>(provider, model.Identity));
        services.AddSingleton<LastAnswer>();
        services.AddSingleton(_ => new TurnLimits(model.Limits));
        services.AddSingleton<Turns>();
        services.AddSingleton<ITurns>(provider => provider.GetRequiredService<Turns>());
        services.AddSingleton<IKeptTurns>(provider => provider.GetRequiredService<Turns>());
        services.AddSingleton<IOfferedModels, OfferedModels>();
        services.AddSingleton<ITextCalls, TextCalls>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Probe>(provider, model.Identity.Zone));
        services.AddSingleton<IObserved>(provider => provider.GetRequiredService<Probe>());
        services.AddHostedService(provider => provider.GetRequiredService<Probe>());
    }

    private static ulong NewSeed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) >> (64 - SeedBits);
    }
}
