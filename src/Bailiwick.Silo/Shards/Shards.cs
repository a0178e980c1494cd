using System.Runtime.CompilerServices;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Shards;

/// <summary>The gateway's side of <see cref="IShardGrain"/>; its own silo's shards are reached without a message.</summary>
internal sealed class Shards(
    ReplicaBoard board, ShardCalls calls, ShardWorker worker, IGrainFactory grains, ILocalSiloDetails silo, ILogger<Shards> log)
    : IShards
{
    /// <summary>A text call is small; a shard that needs longer is out of reach.</summary>
    private static readonly TimeSpan TextLimit = TimeSpan.FromSeconds(5);

    private readonly string _origin = silo.SiloAddress.ToParsableString();

    public ReplicaSnapshot Current => board.Current;

    public IAsyncEnumerable<ShardFrame> RunAsync(
        Admitted<Submit> admitted, Replica replica, string turn, IReadOnlyList<int> emitted, CancellationToken cancellationToken)
    {
        Check(admitted, replica);
        var submit = admitted.Payload.Clone();
        submit.Turn = turn;
        submit.Emitted.Clear();
        submit.Emitted.AddRange(emitted);
        return StreamAsync(ShardPayload.Of(admitted, submit), replica, turn, cancellationToken);
    }

    public async Task<TextReply?> CallAsync(Admitted<TextCall> admitted, Replica replica, CancellationToken cancellationToken)
    {
        Check(admitted, replica);
        try
        {
            var reply = await Grain(replica).CallAsync(ShardPayload.Of(admitted, admitted.Payload), cancellationToken)
                .WaitAsync(TextLimit, cancellationToken);
            return reply is null ? null : TextReply.Parser.ParseFrom(reply);
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested && ShardCall.LossOf(problem) is { } loss)
        {
            log.CallLost(replica.Zone, replica.Node, loss);
            return null;
        }
    }

    private async IAsyncEnumerable<ShardFrame> StreamAsync(
        ShardPayload payload, Replica replica, string turn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (link, call) = calls.Open(_origin, replica.Silo, Key(replica), () => Wire(replica));
        board.Sent(replica);
        using var owned = call;
        link.Start(call, payload);
        using var cancelling = cancellationToken.UnsafeRegister(_ => call.Cancel(calls.Clock.Now), null);
        while (true)
        {
            // Not the caller's token: how the cancelled turn ended would be lost.
            var frame = await call.NextAsync(CancellationToken.None);
            if (frame.Kind is ShardFrameKind.Lost)
            {
                log.CallLost(replica.Zone, replica.Node, frame.Loss);
            }

            // The number on the link is between the silos.
            frame.Finished?.Turn = turn;
            yield return frame;
            if (frame.Kind is ShardFrameKind.Finished or ShardFrameKind.Lost)
            {
                yield break;
            }
        }
    }

    private IShardWire Wire(Replica replica) =>
        replica.Silo == _origin ? new LocalShard(worker, Key(replica)) : new RemoteShard(Grain(replica));

    private IShardGrain Grain(Replica replica) => grains.GetGrain<IShardGrain>(Key(replica));

    private static string Key(Replica replica) => new ShardKey(replica.Zone, replica.Node, replica.Build, 0).ToString();

    private static void Check<T>(Admitted<T> admitted, Replica replica)
    {
        if (!admitted.MayReach(Destination.At(DestinationKind.Silo, replica.Place)))
        {
            throw new InvalidOperationException("The payload was not admitted to this replica's place.");
        }
    }
}
