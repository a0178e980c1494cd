using Bailiwick.Protocol.Stored.V1;
using Bailiwick.Residency;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>
/// Lets a running turn go to a reader at another gateway. Its tokens are payload: policy decides here, each time anew, whether they may
/// reach that gateway and that reader under the turn's label joined with the reader's; the other gateway decides again.
/// </summary>
internal sealed class RunningTurnsService(
    GrainId id, Orleans.Runtime.Silo silo, ILoggerFactory logs, RunningTurns turns, IPolicyBoard policy, TimeProvider time)
    : GrainService(id, silo, logs), IRunningTurnsService
{
    public async Task<RunningTurnPart?> ReadAsync(RunningTurnAsk ask, CancellationToken cancellationToken)
    {
        // Of an end the store tells.
        if (turns.Find(ask.Kept) is not { } turn || await turn.ReadAsync(ask.From, time, cancellationToken) is not { Failed: null } told)
        {
            return null;
        }

        // After waiting: what leaves now, leaves under the policy in force now.
        var answer = new StoredAnswer
        {
            PromptTokens = told.Started?.PromptTokens ?? 0,
            AtMs = told.Started?.At.ToUnixTimeMilliseconds() ?? 0,
            Token = { told.Tokens.Select(StoredForms.Of) },
        };
        var reader = new SessionReader("", ShardPayload.LabelOf(ask.Label)!, ask.ReaderZone is null ? null : new Place(ask.ReaderZone, ask.ReaderProvenBy));
        return policy.TryGet(out var guard, out _)
            && Gate.Show(guard, answer, turn.Label, reader, Place.In(ask.Zone, Proof.Certificate)) is { } admitted
            ? new RunningTurnPart { Answer = ShardPayload.Of(admitted, answer), Started = told.Started is not null }
            : null;
    }
}
