namespace Bailiwick.Silo.Shards;

/// <summary>Tells each model's grain how this worker's replica is, twice a second and on every change.</summary>
internal sealed class ReplicaReporter(
    ReplicaHosts hosts, DrainState drain, IGrainFactory grains, ILocalSiloDetails silo, ILogger<ReplicaReporter> log)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(2);

    private readonly string _address = silo.SiloAddress.ToParsableString();

    /// <summary>Runs until the silo stops.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        drain.Changed += hosts.Changed.Set;
        await BackgroundLoop.RunAsync(
            "reports", ReportAsync, token => hosts.Changed.WaitAsync(Period, token), log, cancellationToken);
        drain.Changed -= hosts.Changed.Set;
    }

    /// <summary>Reports once, now.</summary>
    public Task ReportAsync(CancellationToken cancellationToken) => Task.WhenAll(
        from host in hosts.All
        let report = host.Report(drain.IsDraining, _address)
        where report is not null
        select grains.GetGrain<IModelGrain>(report.Name).ReportAsync(report, cancellationToken).WaitAsync(CallLimit, cancellationToken));
}
