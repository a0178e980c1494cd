namespace Bailiwick.Silo.Shards;

/// <summary>What a gateway's link to a shard asks of it; see <see cref="IShardGrain"/>.</summary>
internal interface IShardWire
{
    Task<ShardMail> PullAsync(string link, CancellationToken cancellationToken);

    Task<long> StartAsync(string link, ShardTurn turn, CancellationToken cancellationToken);

    /// <summary>Does not say whether it arrived.</summary>
    void Cancel(string link, int turn);
}

/// <summary>The shard is another silo's.</summary>
internal sealed class RemoteShard(IShardGrain grain) : IShardWire
{
    public Task<ShardMail> PullAsync(string link, CancellationToken cancellationToken) => grain.PullAsync(link, cancellationToken);

    public Task<long> StartAsync(string link, ShardTurn turn, CancellationToken cancellationToken) =>
        grain.StartAsync(link, turn, cancellationToken);

    public void Cancel(string link, int turn) => grain.CancelAsync(link, turn, CancellationToken.None).Ignore();
}

/// <summary>The shard is on this silo: no message, the same decisions and books.</summary>
internal sealed class LocalShard(ShardWorker worker, string key) : IShardWire
{
    public Task<ShardMail> PullAsync(string link, CancellationToken cancellationToken) => worker.PullAsync(link, cancellationToken);

    public Task<long> StartAsync(string link, ShardTurn turn, CancellationToken cancellationToken) =>
        Task.FromResult(worker.Start(key, link, turn));

    public void Cancel(string link, int turn) => worker.Cancel(link, turn);
}
