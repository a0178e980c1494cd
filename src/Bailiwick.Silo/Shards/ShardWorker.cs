using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Hosting;
using Bailiwick.Silo.Policy;
using Google.Protobuf;

namespace Bailiwick.Silo.Shards;

/// <summary>
/// This worker as gateways see it, whether they call from another silo or from this one: what enters is decided again here, by this
/// silo's own zone and policy.
/// </summary>
internal sealed class ShardWorker(ReplicaHosts hosts, ShardStreams streams, DrainState drain, IPolicyBoard policy, SiloIdentity identity)
{
    private readonly ShardGate _gate = new(policy, identity.Zone);

    public Task<ShardMail> PullAsync(string link, CancellationToken cancellationToken) => streams.PullAsync(link, cancellationToken);

    public void Cancel(string link, int turn) => streams.Cancel(link, turn);

    /// <summary>Begins a turn on the replica with this key, or ends it at once with the reason.</summary>
    /// <returns>Number of the outbox that speaks of it.</returns>
    public long Start(string key, string link, ShardTurn turn)
    {
        ShardOutbox outbox;
        ShardStream stream;
        do
        {
            outbox = streams.Outbox(link);
            if (outbox.Find(turn.Turn) is not null)
            {
                throw new InvalidOperationException("A turn with this number runs on this link.");
            }

            stream = new ShardStream(outbox, turn.Turn);
        }
        while (!outbox.TryOpen(stream));

        if (drain.IsDraining)
        {
            stream.End(ShardRecordKind.Leaving);
        }
        else if (hosts.Find(key) is { } host)
        {
            Start(host, stream, turn.Payload, $"{link}/{turn.Turn}");
        }
        else
        {
            stream.End(ShardRecordKind.Absent);
        }

        return outbox.Number;
    }

    /// <summary>Runs a text call. Null: the replica is not here.</summary>
    public async Task<TextReply?> CallAsync(string key, ShardPayload payload, CancellationToken cancellationToken)
    {
        if (hosts.Find(key) is not { } host)
        {
            return null;
        }

        var (call, problem) = Parse(TextCall.Parser, payload);
        var (admitted, refusal) = call is null ? (null, problem) : _gate.Receive(call, payload);
        return admitted is null
            ? new TextReply { Problem = refusal!.Row.With(refusal.Sentence) }
            : host.CallAsync(admitted, cancellationToken) is { } reply ? await reply : null;
    }

    private void Start(ReplicaHost host, ShardStream stream, ShardPayload payload, string id)
    {
        var (submit, problem) = Parse(Submit.Parser, payload);
        var (admitted, refusal) = submit is null ? (null, problem) : _gate.Receive(submit, payload);
        if (admitted is null)
        {
            stream.End(
                new Finished { Turn = id, Reason = Finished.Types.Reason.Refused, Problem = refusal!.Row.With(refusal.Sentence) }, TimeSpan.Zero);
            return;
        }

        // The decoder's own id of the turn: a turn that comes back may meet its former self.
        admitted.Payload.Turn = id;
        host.Run(stream, admitted);
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
}
