using System.Threading.Channels;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Shards;
using Google.Protobuf;

namespace Bailiwick.Tests.Silo;

/// <summary>A shard whose answers a test writes.</summary>
internal sealed class ScriptedShard : IShardWire
{
    private readonly Channel<ShardMail> _mails = Channel.CreateUnbounded<ShardMail>();

    /// <summary>Number of the outbox that speaks.</summary>
    public long Outbox { get; set; } = 1;

    /// <summary>What StartAsync waits for.</summary>
    public TaskCompletionSource Accepting { get; } = new();

    public List<int> Started { get; } = [];

    public Channel<int> Cancelled { get; } = Channel.CreateUnbounded<int>();

    public async Task<ShardMail> PullAsync(string link, CancellationToken cancellationToken)
    {
        try
        {
            return await _mails.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException closed) when (closed.InnerException is { } problem)
        {
            throw problem;
        }
    }

    public async Task<long> StartAsync(string link, ShardTurn turn, CancellationToken cancellationToken)
    {
        Started.Add(turn.Turn);
        await Accepting.Task.WaitAsync(cancellationToken);
        return Outbox;
    }

    public void Cancel(string link, int turn) => Cancelled.Writer.TryWrite(turn);

    public void Beat() => SendBytes([]);

    public void Send(params (int Turn, ShardRecordKind Kind, byte[] Bytes)[] records)
    {
        using var bytes = new MemoryStream();
        foreach (var (turn, kind, content) in records)
        {
            var header = new byte[ShardRecord.HeaderBytes];
            ShardRecord.WriteHeader(header, turn, kind, content.Length);
            bytes.Write(header);
            bytes.Write(content);
        }

        SendBytes(bytes.ToArray());
    }

    public void SendBytes(byte[] records) => _mails.Writer.TryWrite(new ShardMail { Outbox = Outbox, Records = records });

    public void Break(Exception problem) => _mails.Writer.TryComplete(problem);

    public static (int, ShardRecordKind, byte[]) Token(int turn, int id) =>
        (turn, ShardRecordKind.Token, new Token { Id = id, Text = "x" }.ToByteArray());

    public static (int, ShardRecordKind, byte[]) Finish(int turn, Finished finished, int retryAfterMs = 0) =>
        (turn, ShardRecordKind.Finished, [.. BitConverter.GetBytes(retryAfterMs), .. finished.ToByteArray()]);
}
