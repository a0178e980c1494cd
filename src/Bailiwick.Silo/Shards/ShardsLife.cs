using Bailiwick.Protocol;

namespace Bailiwick.Silo.Shards;

/// <summary>
/// Begins and ends everything of shards with the silo: loops once it is a member; at its stop first the drain, then the rest.
/// </summary>
internal sealed class ShardsLife(
    IServiceProvider services, DrainState drain, ShardStreams streams, SiloRoles roles, TimeProvider time, ILogger<ShardsLife> log)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    /// <summary>How long turns may run on after a stop was asked for; the host waits longer.</summary>
    public static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(20);

    /// <summary>Turns that are sent elsewhere leave within this.</summary>
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long a gateway's doors stay shut for what it does not know yet; it opens without it then.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle observer)
    {
        // The highest stage starts last and stops first: while it stops, the silo is still a whole member.
        observer.Subscribe(nameof(ShardsLife), ServiceLifecycleStage.Last, StartAsync, StopAsync);
        // Kestrel stops before the silo does, and waits for streams: no new ones from the first moment.
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopping.Register(drain.Stop);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        List<Task> loops = [drain.RunAsync(_stopping.Token)];
        if (roles.HasFlag(SiloRoles.Worker))
        {
            streams.Start();
            loops.Add(services.GetRequiredService<DecoderSupervisor>().RunAsync(_stopping.Token));
            loops.Add(services.GetRequiredService<ReplicaReporter>().RunAsync(_stopping.Token));
        }

        if (roles.HasFlag(SiloRoles.Gateway))
        {
            services.GetRequiredService<ShardCalls>().Start();
            loops.Add(services.GetRequiredService<ReplicaBoard>().RunAsync(_stopping.Token));
        }

        _running = Task.WhenAll(loops);
        if (roles.HasFlag(SiloRoles.Gateway))
        {
            // The web host starts after the silo: a client that finds the port shut asks the next gateway instead.
            var settled = services.GetRequiredService<ReplicaBoard>().Settled;
            await settled.WaitAsync(SettleLimit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        drain.Stop();
        if (streams.Count > 0)
        {
            log.Draining(streams.Count, DrainLimit.TotalSeconds);
            await EmptyAsync(DrainLimit, cancellationToken);
        }

        if (streams.Count > 0)
        {
            log.SentElsewhere(streams.Count);
            streams.LeaveAll();
            await EmptyAsync(LeaveLimit, cancellationToken);
        }

        await _stopping.CancelAsync();
        await _running;
    }

    /// <summary>Waits until no turn runs, for at most this long, or until the host's patience ends.</summary>
    private async Task EmptyAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (streams.Count > 0 && time.GetElapsedTime(since) < limit && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Look, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
