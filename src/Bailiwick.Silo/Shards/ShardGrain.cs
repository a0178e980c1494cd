using Bailiwick.Silo.Cluster;
using Google.Protobuf;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace Bailiwick.Silo.Shards;

/// <summary>No state: the way from other silos to what this one has under the key.</summary>
[ShardPlacement, Immovable, GrainDirectory(ShardDirectory.Name)]
internal sealed class ShardGrain(ShardWorker worker) : Grain, IShardGrain
{
    private readonly ShardWorker _worker = worker;

    public Task<ShardMail> PullAsync(string link, CancellationToken cancellationToken) => _worker.PullAsync(link, cancellationToken);

    public Task<long> StartAsync(string link, ShardTurn turn, CancellationToken cancellationToken) =>
        Task.FromResult(_worker.Start(this.GetPrimaryKeyString(), link, turn));

    public async Task<byte[]?> CallAsync(ShardPayload call, CancellationToken cancellationToken) =>
        (await _worker.CallAsync(this.GetPrimaryKeyString(), call, cancellationToken))?.ToByteArray();

    public Task CancelAsync(string link, int turn, CancellationToken cancellationToken)
    {
        _worker.Cancel(link, turn);
        return Task.CompletedTask;
    }
}
