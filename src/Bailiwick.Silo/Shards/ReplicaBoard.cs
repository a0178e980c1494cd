namespace Bailiwick.Silo.Shards;

/// <summary>
/// What this gateway knows of models and replicas: follows the grain of each model that the table names, and takes the replicas of a
/// silo off as soon as membership declares it dead. What is out of reach keeps its last state.
/// </summary>
internal sealed class ReplicaBoard(
    IDesiredReplicas desired, IGrainFactory grains, IClusterMembershipService membership, ShardCalls calls, TimeProvider time,
    ILogger<ReplicaBoard> log)
{
    private static readonly TimeSpan TablePeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ViewLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, CancellationTokenSource> _watches = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ServedModel> _models = new(StringComparer.Ordinal);
    private readonly HashSet<string> _greeted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shown = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HashSet<string> _dead = [];
    private volatile ReplicaSnapshot _current = ReplicaSnapshot.Empty;

    public ReplicaSnapshot Current => _current;

    /// <summary>Ends once every model that the table named at first has been heard of.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Runs until the silo stops.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        BackgroundLoop.RunAsync(
            "models", token => LookAsync(token, cancellationToken), token => Task.Delay(TablePeriod, time, token), log, cancellationToken),
        BackgroundLoop.RunAsync(
            "membership", FollowMembershipAsync, token => Task.Delay(FirstRetry, time, token), log, cancellationToken));

    /// <summary>A turn was sent to a replica.</summary>
    public void Sent(Replica to)
    {
        lock (_gate)
        {
            if (_models.TryGetValue(to.Model, out var model))
            {
                _models[to.Model] = ServedModelView.Sent(model, to);
                Publish();
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken, CancellationToken stopping)
    {
        var wanted = (await desired.ModelsAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (var (gone, watch) in _watches.Where(entry => !wanted.Contains(entry.Key)).ToArray())
            {
                watch.Cancel();
                watch.Dispose();
                _watches.Remove(gone);
                _models.Remove(gone);
                Publish();
            }

            foreach (var name in wanted.Where(name => !_watches.ContainsKey(name)))
            {
                var watch = _watches[name] = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                _models[name] = ServedModelView.Unknown(name);
                Publish();
                _ = WatchAsync(name, watch.Token);
            }

            Settle();
        }
    }

    private async Task WatchAsync(string name, CancellationToken cancellationToken)
    {
        var retry = FirstRetry;
        await BackgroundLoop.RunAsync(
            $"model {name}",
            async token =>
            {
                await foreach (var view in LimitedAsync(grains.GetGrain<IModelGrain>(name), token))
                {
                    retry = FirstRetry;
                    Show(name, view, token);
                }
            },
            async token =>
            {
                await Task.Delay(retry, time, token);
                retry = retry + retry > LastRetry ? LastRetry : retry + retry;
            },
            log,
            cancellationToken);
    }

    /// <summary>A grain that says nothing for too long is asked anew: its silo may hang, and another has it by now.</summary>
    private async IAsyncEnumerable<ServedModel> LimitedAsync(
        IModelGrain grain, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var views = grain.WatchAsync(CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
        try
        {
            while (await views.MoveNextAsync().AsTask().WaitAsync(ViewLimit, time, cancellationToken))
            {
                yield return views.Current;
            }
        }
        finally
        {
            // Not awaited: it may be the dead silo's to answer.
            views.DisposeAsync().AsTask().Ignore();
        }
    }

    private void Show(string name, ServedModel view, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // Under the lock that ends watches: a view that was on its way does not bring a removed model back.
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            _models[name] = view.Build.Length == 0 && _models.TryGetValue(name, out var known) && known.Build.Length > 0
                ? known with { Replicas = view.Replicas }
                : view;
            Greet(view);
            _shown.Add(name);
            Settle();
            Publish();
        }
    }

    // The first turn of a new decoder is not to pay for the activation and the connection. The call itself means nothing.
    private void Greet(ServedModel view)
    {
        foreach (var replica in view.Replicas)
        {
            if (replica is { Phase: ReplicaPhase.Ready, Abilities: { } abilities } && _greeted.Add($"{replica.Silo}/{abilities.Decoder}"))
            {
                var key = new Cluster.ShardKey(replica.Zone, replica.Node, replica.Build, 0).ToString();
                grains.GetGrain<IShardGrain>(key).CancelAsync("", 0, CancellationToken.None).Ignore();
            }
        }
    }

    private async Task FollowMembershipAsync(CancellationToken cancellationToken)
    {
        await foreach (var members in membership.MembershipUpdates.WithCancellation(cancellationToken))
        {
            var dead = members.Members.Values.Where(member => member.Status == SiloStatus.Dead)
                .Select(member => member.SiloAddress.ToParsableString()).ToHashSet(StringComparer.Ordinal);
            calls.Dead(dead);
            lock (_gate)
            {
                _dead = dead;
                Publish();
            }
        }
    }

    // Called after a look at the table: what it names now must have been shown.
    private void Settle()
    {
        if (!_settled.Task.IsCompleted && _watches.Keys.All(_shown.Contains))
        {
            _settled.SetResult();
            Publish();
        }
    }

    private void Publish() => _current = new ReplicaSnapshot(
    [
        .. _models.Values.Select(model => model.Replicas.Any(replica => _dead.Contains(replica.Silo))
            ? model with { Replicas = model.Replicas.Where(replica => !_dead.Contains(replica.Silo)).ToArray() }
            : model),
    ]) { IsSettled = _settled.Task.IsCompleted };
}
