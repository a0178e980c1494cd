using Bailiwick.Silo.Api.OpenAi;
using Microsoft.Extensions.Time.Testing;
using static Bailiwick.Tests.Silo.OpenAi.AnswerFixture;

namespace Bailiwick.Tests.Silo.OpenAi;

public sealed class SseStreamTests
{
    private const string Comment = ": keep-alive\n\n";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Quiet_ForTwoTicks_GetsAComment()
    {
        var (context, body) = Response();
        var written = new WriteWatch(body);
        context.Response.Body = written;
        var time = new FakeTimeProvider();
        var shape = new ChatShape(false);
        await using var stream = SseStream.Open(context.Response, shape, AnswerHead.Of(Started), time, CancellationToken.None);

        await stream.TakeAsync(CancellationToken.None);
        shape.WriteTail(stream.BeginChunk(), "x", []);
        stream.EndChunk();
        await stream.FlushAsync(CancellationToken.None);
        await written.UntilAsync(text => text.EndsWith(Comment, StringComparison.Ordinal), time);
    }

    [Fact]
    public async Task Quiet_WhileTheOwnerWrites_GetsNone()
    {
        var (context, body) = Response();
        var time = new FakeTimeProvider();
        var shape = new ChatShape(false);
        await using (var stream = SseStream.Open(context.Response, shape, AnswerHead.Of(Started), time, CancellationToken.None))
        {
            await stream.TakeAsync(CancellationToken.None);
            for (var i = 0; i < 5; i++)
            {
                time.Advance(SseStream.KeepAlive);
                await Task.Yield();
            }

            shape.WriteTail(stream.BeginChunk(), "x", []);
            stream.EndChunk();
            await stream.FlushAsync(CancellationToken.None);
        }

        Assert.DoesNotContain(Comment, body.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chunk_OncePrepared_AllocatesNothingToSpeakOf()
    {
        const int Chunks = 1000;
        var (context, _) = Response();
        context.Response.Body = Stream.Null;
        var shape = new ChatShape(false);
        var tokens = Tokens("one", " two").Tokens;
        await using var stream = SseStream.Open(context.Response, shape, AnswerHead.Of(Started), TimeProvider.System, CancellationToken.None);
        await WriteAsync(stream, shape, tokens, Chunks);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var written = WriteAsync(stream, shape, tokens, Chunks);
        Assert.True(written.IsCompletedSuccessfully, "the pipe made it wait: the figure would be of another thread");
        var perChunk = (GC.GetAllocatedBytesForCurrentThread() - before) / Chunks;
        await written;

        Assert.True(perChunk <= 64, $"{perChunk} bytes per chunk");
    }

    private static async Task WriteAsync(
        SseStream stream, ChatShape shape, IReadOnlyList<Bailiwick.Protocol.Decoder.DecodedToken> tokens, int chunks)
    {
        for (var i = 0; i < chunks; i++)
        {
            await stream.TakeAsync(CancellationToken.None);
            shape.WriteTokens(stream.BeginChunk(), tokens);
            stream.EndChunk();
            await stream.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>A stream that lets a test wait for what another task writes.</summary>
    private sealed class WriteWatch(MemoryStream inner) : MemoryStream
    {
        public async Task UntilAsync(Func<string, bool> holds, FakeTimeProvider time)
        {
            var began = TimeProvider.System.GetTimestamp();
            while (true)
            {
                lock (inner)
                {
                    if (holds(inner.Text()))
                    {
                        return;
                    }
                }

                Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"keep-alive: not within {Patience}");
                time.Advance(SseStream.KeepAlive);
                await Task.Yield();
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (inner)
            {
                inner.Write(buffer.Span);
            }

            return ValueTask.CompletedTask;
        }
    }
}
