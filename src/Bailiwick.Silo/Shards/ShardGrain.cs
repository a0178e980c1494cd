using Bailiwick.Protocol;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Policy;
using Google.Protobuf;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace Bailiwick.Silo.Shards;

/// <summary>No state: it finds the replica that its key names on this silo.</summary>
[ShardPlacement, Immovable, GrainDirectory(ShardDirectory.Name)]
internal sealed class ShardGrain(ReplicaHosts hosts, ShardStreams streams, IPolicyBoard policy, SiloIdentity identity) : Grain, IShardGrain
{
    private readonly ShardGate _gate = new(policy, identity.Zone);

    public IAsyncEnumerable<ShardBatch> RunAsync(ShardTurn turn, CancellationToken cancellationToken) =>
        hosts.RunAsync(this.GetPrimaryKeyString(), turn, _gate, cancellationToken);

    public async Task<byte[]?> CallAsync(ShardPayload call, CancellationToken cancellationToken) =>
        (await hosts.CallAsync(this.GetPrimaryKeyString(), call, _gate, cancellationToken))?.ToByteArray();

    public Task RenewAsync(string[] calls, CancellationToken cancellationToken)
    {
        streams.Renew(calls);
        return Task.CompletedTask;
    }

    public Task CancelAsync(string call, CancellationToken cancellationToken)
    {
        streams.Cancel(call);
        return Task.CompletedTask;
    }
}
