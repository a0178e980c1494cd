using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Bailiwick.Protocol.Inference.V1;
using Google.Protobuf;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.BadInput;

/// <summary>Connections that hold on, or come and go too fast: cut off, and meanwhile and afterwards the silo answers.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Category", "BadInput")]
public sealed class HostileConnectionTests(BadInputSite silo, ITestOutputHelper output)
{
    private const int Connections = 50;

    private static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task HttpDoor_HeadersByteByByte_AreCutOff()
    {
        var head = Encoding.ASCII.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {silo.Key}\r\nX-Slow: {new string('x', 8000)}");
        await CutOffAsync(silo.Http, [], head);
    }

    [Fact]
    public async Task HttpDoor_BodyByteByByte_IsCutOff()
    {
        var head = $"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {silo.Key}\r\nContent-Length: 8000\r\n\r\n";
        await CutOffAsync(silo.Http, Encoding.ASCII.GetBytes(head), Encoding.ASCII.GetBytes(new string(' ', 8000)));
    }

    [Fact]
    public async Task GrpcDoor_HeaderBlockThatNeverEnds_IsCutOff()
    {
        // HEADERS without END_HEADERS; a name of 8,000 letters follows, a CONTINUATION for each.
        var headers = Http2.Headers(1, silo.Key, endHeaders: false);
        var drips = Enumerable.Repeat(Http2.Frame(9, 0, 1, [(byte)'x']), 800).SelectMany(frame => frame).ToArray();
        await CutOffAsync(silo.Grpc, [.. Http2.Preface, .. headers], drips, Http2.FrameHead + 1);
    }

    [Fact]
    public async Task GrpcDoor_StreamsResetAtOnce_LeaveNothingBehind()
    {
        var request = new ChatRequest
        {
            Model = BadInputSite.Model,
            Messages = { new Message { Role = "user", Content = "Count to one hundred." } },
            Settings = new Settings { MaxTokens = 200 },
        };
        var frames = 0;
        var since = Stopwatch.StartNew();
        for (var round = 0; round < 5; round++)
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(silo.Grpc.Host, silo.Grpc.Port);
            var flood = new List<byte>(Http2.Preface);
            for (var id = 1; id < 800; id += 2)
            {
                flood.AddRange(Http2.Headers(id, silo.Key, endHeaders: true));
                flood.AddRange(Http2.Message(id, request.ToByteArray()));
                flood.AddRange(Http2.Frame(3, 0, id, [0, 0, 0, 8]));
                frames++;
            }

            try
            {
                await client.GetStream().WriteAsync(flood.ToArray());
                await ReadToEndAsync(client.GetStream(), TimeSpan.FromSeconds(2));
            }
            catch (IOException)
            {
                // Cut off: one of the two right answers, the other is to bear it.
            }
        }

        output.WriteLine($"{frames} streams begun and reset in {since.Elapsed.TotalSeconds:F1} s");
        await silo.LivesAsync();
    }

    [Fact]
    public async Task BothDoors_GarbageAndHalfRequests_LeaveNothingBehind()
    {
        var random = new Random(20261124);
        byte[][] starts = [[], Http2.Preface, "POST /v1/chat/completions HTTP/1.1\r\n"u8.ToArray(), "GET / HTTP/9.9\r\n\r\n"u8.ToArray(), [0x16, 0x03, 0x01, 0x02, 0x00]];
        for (var i = 0; i < 200; i++)
        {
            var noise = new byte[random.Next(1, 2000)];
            random.NextBytes(noise);
            using var client = new TcpClient();
            var door = i % 2 == 0 ? silo.Http : silo.Grpc;
            await client.ConnectAsync(door.Host, door.Port);
            try
            {
                await client.GetStream().WriteAsync((byte[])[.. starts[i % starts.Length], .. noise]);
            }
            catch (IOException)
            {
                // Cut off while writing.
            }
        }

        await silo.LivesAsync();
    }

    /// <summary>Many connections send a beginning and then drip; each must be closed by the silo, which answers others meanwhile.</summary>
    private async Task CutOffAsync(Uri door, byte[] start, byte[] drips, int piece = 1)
    {
        using var limit = new CancellationTokenSource(BadInputSite.Patience);
        var since = Stopwatch.StartNew();
        var slow = Enumerable.Range(0, Connections).Select(_ => DripAsync(door, start, drips, piece, limit.Token)).ToList();

        await silo.LivesAsync();
        output.WriteLine($"a good request beside {Connections} slow ones: answered after {since.Elapsed.TotalSeconds:F1} s");

        var closed = await Task.WhenAll(slow);
        output.WriteLine($"cut off after {closed.Min().TotalSeconds:F1} to {closed.Max().TotalSeconds:F1} s");
        await silo.LivesAsync();
    }

    /// <returns>After how long the silo closed.</returns>
    private static async Task<TimeSpan> DripAsync(Uri door, byte[] start, byte[] drips, int piece, CancellationToken cancellationToken)
    {
        var since = Stopwatch.StartNew();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(door.Host, door.Port, cancellationToken);
        var stream = client.GetStream();
        var closed = ReadToEndAsync(stream, BadInputSite.Patience);
        try
        {
            await stream.WriteAsync(start, cancellationToken);
            for (var at = 0; at < drips.Length && !closed.IsCompleted; at += piece)
            {
                await stream.WriteAsync(drips.AsMemory(at, Math.Min(piece, drips.Length - at)), cancellationToken);
                await Task.WhenAny(closed, Task.Delay(Drip, TimeProvider.System, cancellationToken));
            }
        }
        catch (IOException)
        {
            return since.Elapsed;
        }

        Assert.True(closed.IsCompleted, "everything was sent, and the silo has not closed the connection");
        await closed;
        return since.Elapsed;
    }

    /// <summary>Reads until the other side closes, or nobody waits any longer.</summary>
    private static async Task ReadToEndAsync(NetworkStream stream, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        var block = new byte[16 * 1024];
        try
        {
            while (await stream.ReadAsync(block, limit.Token) > 0)
            {
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // A reset is an end too.
        }
    }

    /// <summary>As much of HTTP/2 (RFC 9113) and HPACK (RFC 7541) as it takes to misuse them.</summary>
    private static class Http2
    {
        public const int FrameHead = 9;

        // A literal field whose name has 8,000 bytes (RFC 7541, 5.1: 127 + 0x41 + 0x3d * 128).
        private static readonly byte[] LongName = [0x00, 0x7f, 0xc1, 0x3d];

        public static byte[] Preface { get; } = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(4, 0, 0, [])];

        public static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
        {
            var frame = new byte[FrameHead + payload.Length];
            (frame[0], frame[1], frame[2]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length);
            (frame[3], frame[4]) = (type, flags);
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
            payload.CopyTo(frame, FrameHead);
            return frame;
        }

        public static byte[] Headers(int stream, string key, bool endHeaders)
        {
            (string Name, string Value)[] fields =
            [
                (":method", "POST"), (":scheme", "http"), (":path", "/bailiwick.inference.v1.InferenceService/Chat"), (":authority", "a"),
                ("content-type", "application/grpc"), ("te", "trailers"), ("authorization", $"Bearer {key}"),
            ];
            // Literal fields without indexing; all lengths fit the seven bits.
            byte[] block = [.. fields.SelectMany(field => (byte[])
                [0, (byte)field.Name.Length, .. Encoding.ASCII.GetBytes(field.Name), (byte)field.Value.Length, .. Encoding.ASCII.GetBytes(field.Value)])];
            return Frame(1, (byte)(endHeaders ? 4 : 0), stream, endHeaders ? block : [.. block, .. LongName]);
        }

        /// <summary>A whole gRPC message as DATA that ends the stream.</summary>
        public static byte[] Message(int stream, byte[] message)
        {
            var data = new byte[5 + message.Length];
            BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(1), message.Length);
            message.CopyTo(data, 5);
            return Frame(0, 1, stream, data);
        }
    }
}
