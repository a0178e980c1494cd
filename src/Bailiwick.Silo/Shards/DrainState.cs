using Bailiwick.Protocol;

namespace Bailiwick.Silo.Shards;

/// <summary>Whether this node takes new turns: not while the table says that it is drained, and never again once it stops.</summary>
internal sealed class DrainState(IDesiredReplicas desired, SiloIdentity identity, TimeProvider time, ILogger<DrainState> log)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly NodeName _node = new(identity.Zone, identity.Node);
    private volatile bool _drained;
    private volatile bool _stopping;

    public bool IsDraining => _drained || _stopping;

    /// <summary>It began or ended.</summary>
    public event Action? Changed;

    /// <summary>The silo stops: no new turns from now on.</summary>
    public void Stop()
    {
        _stopping = true;
        Changed?.Invoke();
    }

    /// <summary>Follows the table; while PostgreSQL is away the last that it said holds.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => BackgroundLoop.RunAsync(
        "drains", LookAsync, token => Task.Delay(Period, time, token), log, cancellationToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var drained = (await desired.DrainsAsync(cancellationToken)).Contains(_node);
        if (drained != _drained)
        {
            _drained = drained;
            log.Drained(drained);
            Changed?.Invoke();
        }
    }
}
