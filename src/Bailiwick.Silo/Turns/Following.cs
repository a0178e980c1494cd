using Bailiwick.Protocol;
using Bailiwick.Protocol.Stored.V1;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Policy;
using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Shards;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Services;

namespace Bailiwick.Silo.Turns;

/// <summary>Follows a turn of this gateway itself, and one of another gateway by asking who runs it and then that one alone.</summary>
internal sealed class Following(
    IServiceProvider services, RunningTurns turns, IGrainFactory grains, ISiloMetadataCache metadata, ILocalSiloDetails local, IPolicyBoard policy,
    SiloIdentity identity, TimeProvider time)
    : GrainServiceClient<IRunningTurnsService>(services), IFollowing
{
    /// <summary>Eight heartbeats: a silo that stands still answers nobody.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ShardGate _gate = new(policy, identity.Zone);

    public ReadRunning Open(StoredTurn turn, SessionReader reader)
    {
        var (own, where) = ((RunningTurn?)null, (SiloAddress?)null);
        return async (from, cancellationToken) =>
        {
            own ??= turns.Find(turn.Id);
            if (own is not null)
            {
                return await own.ReadAsync(from, time, cancellationToken);
            }

            var ask = new RunningTurnAsk
            {
                Kept = turn.Id, From = from, Zone = identity.Zone, Label = ShardPayload.Fields(reader.Label),
                ReaderZone = reader.Place?.Zone, ReaderProvenBy = reader.Place?.ProvenBy,
            };
            (where, var part) = where is not null ? (where, await AskAsync(where, ask, cancellationToken)) : await FindAsync(ask, cancellationToken);
            return part is null ? null : Receive(part, turn);
        };
    }

    private async Task<(SiloAddress? Where, RunningTurnPart? Part)> FindAsync(RunningTurnAsk ask, CancellationToken cancellationToken)
    {
        var hosts = await grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, cancellationToken);
        var answers = await Task.WhenAll(hosts.Keys.Where(IsOtherGateway).Select(async silo => (Where: silo, Part: await AskAsync(silo, ask, cancellationToken))));
        return answers.FirstOrDefault(answer => answer.Part is not null);
    }

    private bool IsOtherGateway(SiloAddress silo) => !silo.Equals(local.SiloAddress)
        && SiloIdentity.TryParse(metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(ShardHost.MetadataKey), out var other)
        && other!.Roles.HasFlag(SiloRoles.Gateway);

    private async Task<RunningTurnPart?> AskAsync(SiloAddress silo, RunningTurnAsk ask, CancellationToken cancellationToken)
    {
        try
        {
            return await GetGrainService(silo).ReadAsync(ask, cancellationToken).WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception problem) when (SessionLease.IsAway(problem))
        {
            return null;
        }
    }

    /// <summary>Decided again, for this gateway's own zone and under the policy that it holds.</summary>
    private TurnSoFar? Receive(RunningTurnPart part, StoredTurn turn)
    {
        if (_gate.Receive(StoredAnswer.Parser.ParseFrom(part.Answer.Frame), part.Answer).Admitted is not { Payload: var answer })
        {
            return null;
        }

        return part.Started
            ? new TurnSoFar(Replay.Started(turn, answer.PromptTokens, DateTimeOffset.FromUnixTimeMilliseconds(answer.AtMs)), [.. answer.Token.Select(StoredForms.Read)])
            : new TurnSoFar(null, []);
    }
}
