using System.Net.Sockets;
using Bailiwick.Evidence;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Epochs;
using Bailiwick.Residency.Loading;
using Bailiwick.Silo.Audit;
using Bailiwick.Silo.Hosting;
using Npgsql;
using Orleans.Placement;

namespace Bailiwick.Silo.Policy;

/// <summary>
/// Holds the policy in force. What it took once stands in the table `policies`, so that another activation never goes back to an
/// older epoch; without the table it grants nothing.
/// </summary>
[Immovable]
[KeepAlive]
internal sealed class ResidencyGrain(PolicyTable table, IIntake intake, SiloModel silo, ILogger<ResidencyGrain> log) : Grain, IResidencyGrain
{
    private const int LeaseMs = 5000;

    private CompiledPolicy? _policy;
    private byte[] _content = [];

    public async Task<PolicyGrant> GetAsync(string? held, CancellationToken cancellationToken)
    {
        return await LoadAsync(cancellationToken) is { } fault ? new PolicyGrant(null, 0, fault)
            : new PolicyGrant(held == _policy!.Policy.Digest ? null : _content, LeaseMs, null);
    }

    public async Task<PolicyOffer> OfferAsync(byte[] content, CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } fault)
        {
            return new PolicyOffer(EpochVerdict.NoPolicy.Code(), fault);
        }

        var verdict = await TakeAsync(content, cancellationToken);
        return new PolicyOffer(verdict.Code(), null);
    }

    /// <summary>The newest policy that this boundary had; the first one ever is this silo's own.</summary>
    /// <returns>Why there is none; null where it is loaded.</returns>
    private async Task<string?> LoadAsync(CancellationToken cancellationToken)
    {
        if (_policy is not null)
        {
            return null;
        }

        try
        {
            var newest = await table.NewestAsync(cancellationToken);
            if (newest is null)
            {
                await TakeAsync(silo.PolicyContent, cancellationToken);
                newest = await table.NewestAsync(cancellationToken);
            }

            _policy = newest is null ? null : PolicyLoader.Load(newest).Policy;
            _content = newest ?? [];
            return _policy is null ? "The stored policy cannot be read by this build." : null;
        }
        catch (Exception problem) when (problem is NpgsqlException or TimeoutException or SocketException)
        {
            log.PolicyUnreachable();
            return "The policies' table cannot be reached.";
        }
    }

    private async Task<EpochVerdict> TakeAsync(byte[] content, CancellationToken cancellationToken)
    {
        if (PolicyLoader.Load(content).Policy is not { } offered)
        {
            return EpochVerdict.NoPolicy;
        }

        var (epoch, digest) = (offered.Policy.Epoch, offered.Policy.Digest);
        var highest = _policy is { } held ? new Bundle(held.Policy.Epoch, held.Policy.Digest, silo.Boundary) : null;
        var verdict = Epoch.Take(highest, new Bundle(epoch, digest, silo.Boundary), silo.Boundary);
        if (verdict is EpochVerdict.EpochConflict)
        {
            log.PolicyConflict(epoch, highest!.Digest, digest);
        }

        if (verdict is not EpochVerdict.Accept)
        {
            return verdict;
        }

        try
        {
            if (!await table.AddAsync(epoch, digest, content, cancellationToken))
            {
                return EpochVerdict.Unchanged;
            }
        }
        catch (Exception problem) when (problem is NpgsqlException or TimeoutException or SocketException)
        {
            log.PolicyUnreachable();
            return EpochVerdict.NoPolicy;
        }

        (_policy, _content) = (offered, content);
        _ = TreeHash.TryParseHex(digest, out var hash);
        await intake.WriteAsync(origin => new PolicyLeaf(origin, PolicyAct.Activated, epoch, hash, [], null, null), cancellationToken);
        log.PolicyActivated(epoch, digest);
        return verdict;
    }
}
