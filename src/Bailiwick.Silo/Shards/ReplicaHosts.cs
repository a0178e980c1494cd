using System.Runtime.CompilerServices;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Cluster;
using Bailiwick.Silo.Hosting;
using Google.Protobuf;

namespace Bailiwick.Silo.Shards;

/// <summary>The replicas of this worker, and the way from a call to one of them.</summary>
internal sealed class ReplicaHosts(SiloIdentity identity, ShardStreams streams, DrainState drain, TimeProvider time)
{
    private volatile ReplicaHost[] _all = [];

    public IReadOnlyList<ReplicaHost> All => _all;

    /// <summary>Something in a report changed.</summary>
    public Pulse Changed { get; } = new(time);

    /// <summary>One more, at the start.</summary>
    public ReplicaHost Add()
    {
        var host = new ReplicaHost(identity, streams, time, Changed.Set);
        streams.Ticked += host.OnTick;
        _all = [.. _all, host];
        return host;
    }

    /// <summary>The replica that a shard's key names; null = it is not here.</summary>
    public ReplicaHost? Find(string key) =>
        ShardKey.TryParse(key, out var shard) && shard!.Zone == identity.Zone && shard.Node == identity.Node && shard.Stage == 0
            ? Array.Find(_all, host => host.Build == shard.Build)
            : null;

    /// <summary>Runs a turn on the replica with this key, if this silo's guard lets it in.</summary>
    public async IAsyncEnumerable<ShardBatch> RunAsync(
        string key, ShardTurn turn, ShardGate gate, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Find(key) is not { } host || drain.IsDraining)
        {
            yield return drain.IsDraining ? ShardBatch.Leaving : ShardBatch.Absent;
            yield break;
        }

        var (submit, problem) = Parse(Submit.Parser, turn.Payload);
        var (admitted, refusal) = submit is null ? (null, problem) : gate.Receive(submit, turn.Payload);
        if (admitted is null)
        {
            yield return Refuse(turn.Call, refusal!);
            yield break;
        }

        // The link's own id of the turn: a turn that comes back may meet its former self.
        admitted.Payload.Turn = turn.Call;
        if (streams.TryOpen(turn.Call) is not { } stream)
        {
            yield return Refuse(turn.Call, new Refusal(Errors.Invalid, "A call with this id runs already."));
            yield break;
        }

        try
        {
            await foreach (var batch in host.RunAsync(stream, admitted, cancellationToken))
            {
                yield return batch;
            }
        }
        finally
        {
            streams.Close(stream);
        }
    }

    /// <summary>Runs a text call. Null: the replica is not here.</summary>
    public async Task<TextReply?> CallAsync(string key, ShardPayload payload, ShardGate gate, CancellationToken cancellationToken)
    {
        if (Find(key) is not { } host)
        {
            return null;
        }

        var (call, problem) = Parse(TextCall.Parser, payload);
        var (admitted, refusal) = call is null ? (null, problem) : gate.Receive(call, payload);
        return admitted is null
            ? new TextReply { Problem = refusal!.Row.With(refusal.Sentence) }
            : host.CallAsync(admitted, cancellationToken) is { } reply ? await reply : null;
    }

    private static (T? Frame, Refusal? Problem) Parse<T>(MessageParser<T> parser, ShardPayload payload)
        where T : class, IMessage<T>
    {
        try
        {
            return (parser.ParseFrom(payload.Frame), null);
        }
        catch (InvalidProtocolBufferException)
        {
            return (null, new Refusal(Errors.Internal, "The frame that the gateway sent cannot be read."));
        }
    }

    private static ShardBatch Refuse(string call, Refusal refusal) => ShardBatch.Of(
        new Finished { Turn = call, Reason = Finished.Types.Reason.Refused, Problem = refusal.Row.With(refusal.Sentence) }, null);
}
