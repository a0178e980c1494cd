using System.Diagnostics.CodeAnalysis;
using Bailiwick.Protocol;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Epochs;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Policy;

/// <summary>
/// This silo's copy of the residency grain's policy. It asks every second, and what it got holds for the lease: a silo that cannot
/// reach the grain refuses everything once the lease has run out, and not before.
/// </summary>
internal sealed class PolicyBoard(IGrainFactory grains, SiloModel silo, TimeProvider time, ILogger<PolicyBoard> log)
    : BackgroundService, IPolicyBoard
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private volatile Held? _held;
    private string _fault = "This silo has not got a policy yet.";

    public bool TryGet([NotNullWhen(true)] out Guard? guard, [NotNullWhen(false)] out Refusal? refusal)
    {
        var held = _held;
        var fresh = held is not null && time.GetTimestamp() < held.Until;
        guard = fresh ? held!.Guard : null;
        refusal = fresh ? null : new Refusal(Errors.PolicyStale, $"This silo has no current policy. {_fault}") { RetryAfter = Interval };
        return fresh;
    }

    /// <summary>How long the policy held here still counts; zero without one.</summary>
    public TimeSpan LeaseLeft
    {
        get
        {
            var (held, now) = (_held, time.GetTimestamp());
            return held is not null && now < held.Until ? time.GetElapsedTime(now, held.Until) : TimeSpan.Zero;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        string? verdict = null;
        do
        {
            try
            {
                verdict ??= await OfferAsync(stoppingToken);
                // Its file says that somebody signed two policies of one epoch: this silo cannot tell which of them is right.
                if (verdict == EpochVerdict.EpochConflict.Code())
                {
                    Note("Its policy file has the epoch of the policy in force and other bytes.");
                    return;
                }

                await RenewAsync(stoppingToken);
            }
            catch (Exception problem) when (problem is OrleansException or TimeoutException)
            {
                Note("The residency grain cannot be reached.");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <returns>The verdict; null where the grain could not compare yet.</returns>
    private async Task<string?> OfferAsync(CancellationToken cancellationToken)
    {
        var offer = await grains.GetGrain<IResidencyGrain>(0).OfferAsync(silo.PolicyContent, cancellationToken);
        if (offer.Fault is not null)
        {
            return null;
        }

        log.PolicyOffered(silo.Policy.Policy.Epoch, offer.Verdict);
        return offer.Verdict;
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        var held = _held;
        var grant = await grains.GetGrain<IResidencyGrain>(0).GetAsync(held?.Guard.Snapshot.Policy.Digest, cancellationToken);
        if (grant.Fault is { } fault)
        {
            Note(fault);
            return;
        }

        var until = asked + (long)(grant.LeaseMs / 1000.0 * time.TimestampFrequency);
        if (Guard(held?.Guard.Snapshot, grant.Content) is { } guard)
        {
            _held = new Held(guard, until);
            // The next failure is news again, and not for the old reason.
            _fault = "It was not renewed in time.";
        }
    }

    /// <summary>The guard for what was granted; null keeps what is held until its lease ends.</summary>
    private Guard? Guard(PolicySnapshot? held, byte[]? content)
    {
        var now = time.GetUtcNow();
        if (content is null)
        {
            return held is null ? null
                : held.ChangesAt is { } change && change <= now ? new Guard(held.Advance(now, held.Activations))
                : _held!.Guard;
        }

        if (PolicyLoader.Load(content).Policy is not { } policy)
        {
            Note("The granted policy cannot be read by this build.");
            return null;
        }

        // Epochs never go back, not even on the grain's word.
        var permit = new Permit(policy.Policy.Epoch, policy.Policy.Digest);
        if (held is not null && permit.Epoch < held.Permit.Epoch)
        {
            Note("An older policy was granted than the one held.");
            return null;
        }

        log.PolicyHeld(permit.Epoch, permit.Digest);
        return new Guard(policy.InForce(now, []));
    }

    private void Note(string fault)
    {
        if (_fault != fault)
        {
            _fault = fault;
            log.PolicyNotRenewed(fault);
        }
    }

    private sealed record Held(Guard Guard, long Until);
}
