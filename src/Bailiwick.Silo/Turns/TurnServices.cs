using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Observation;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>What a turn calls. One for all turns of a gateway.</summary>
/// <param name="Callers">Whether who asked may go on.</param>
/// <param name="Policy">The policy in force, while its lease lasts.</param>
/// <param name="Shards">Replicas, and the way to them.</param>
/// <param name="Intake">Where records become durable.</param>
/// <param name="Sessions">What is kept.</param>
/// <param name="Running">Kept turns while they run here.</param>
/// <param name="Boundary">What this cluster serves.</param>
/// <param name="LogOrigin">Identity of the verifiable log.</param>
/// <param name="Seeds">A seed below 2^53 for a request that names none.</param>
/// <param name="Time">Clock.</param>
/// <param name="Instruments">What turns are counted with.</param>
/// <param name="Log">Ids and numbers only.</param>
internal sealed record TurnServices(
    ICallerStanding Callers, IPolicyBoard Policy, IShards Shards, IIntake Intake, ISessionStore Sessions, RunningTurns Running, Boundary Boundary, string LogOrigin, Func<ulong> Seeds, TimeProvider Time,
    TurnInstruments Instruments, ILogger<Turn> Log);
