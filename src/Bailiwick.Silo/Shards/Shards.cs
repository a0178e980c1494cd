using System.Globalization;
using System.Runtime.CompilerServices;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Shards;

/// <summary>The gateway's side of <see cref="IShardGrain"/>.</summary>
internal sealed class Shards(ReplicaBoard board, ShardCalls calls, IGrainFactory grains, ILocalSiloDetails silo, ILogger<Shards> log)
    : IShards
{
    /// <summary>Batches in one answer; more are there only after a stall.</summary>
    private const int BatchesPerAnswer = 16;

    /// <summary>A text call is small; a shard that needs longer is out of reach.</summary>
    private static readonly TimeSpan TextLimit = TimeSpan.FromSeconds(5);

    private readonly string _origin = silo.SiloAddress.ToParsableString();
    private long _calls;

    public ReplicaSnapshot Current => board.Current;

    public IAsyncEnumerable<ShardFrame> RunAsync(
        Admitted<Submit> admitted, Replica replica, string turn, IReadOnlyList<int> emitted, CancellationToken cancellationToken)
    {
        Check(admitted, replica);
        var submit = admitted.Payload.Clone();
        submit.Turn = turn;
        submit.Emitted.Clear();
        submit.Emitted.AddRange(emitted);
        var call = string.Create(CultureInfo.InvariantCulture, $"{_origin}/{Interlocked.Increment(ref _calls)}");
        return StreamAsync(new ShardTurn { Call = call, Payload = ShardPayload.Of(admitted, submit) }, replica, turn, cancellationToken);
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
        ShardTurn request, Replica replica, string turn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var grain = Grain(replica);
        // Not the caller's token: Orleans would throw at once, and how the turn ended would be lost.
        var batches = grain.RunAsync(request, CancellationToken.None).WithBatchSize(BatchesPerAnswer)
            .GetAsyncEnumerator(CancellationToken.None);
        var call = new ShardCall(request.Call, grain, replica, batches, calls.Clock.Now);
        calls.Add(call);
        board.Sent(replica);
        try
        {
            // After the call is on its way, so that a token that has fired already cancels something.
            var next = call.NextAsync(calls.Clock, CancellationToken.None);
            using var cancelling = cancellationToken.UnsafeRegister(_ => call.Cancel(calls.Clock.Now), null);
            while (true)
            {
                if (await next is { } frame)
                {
                    if (frame.Kind is ShardFrameKind.Lost)
                    {
                        log.CallLost(replica.Zone, replica.Node, frame.Loss);
                    }

                    // The call's id is between the silos.
                    frame.Finished?.Turn = turn;
                    yield return frame;
                    if (frame.Kind is ShardFrameKind.Finished or ShardFrameKind.Lost)
                    {
                        yield break;
                    }
                }

                next = call.NextAsync(calls.Clock, CancellationToken.None);
            }
        }
        finally
        {
            calls.Remove(call);
            call.Dispose();
        }
    }

    private IShardGrain Grain(Replica replica) =>
        grains.GetGrain<IShardGrain>(new ShardKey(replica.Zone, replica.Node, replica.Build, 0).ToString());

    private static void Check<T>(Admitted<T> admitted, Replica replica)
    {
        if (!admitted.MayReach(Destination.At(DestinationKind.Silo, replica.Place)))
        {
            throw new InvalidOperationException("The payload was not admitted to this replica's place.");
        }
    }
}
