using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Bailiwick.Silo.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// Server-sent events of one answer, straight into the response's pipe. Between <see cref="TakeAsync"/> and <see cref="FlushAsync"/>
/// its owner writes; in between, while nothing comes, comments keep proxies and clients from giving up. Allocates nothing per chunk.
/// </summary>
internal sealed class SseStream : IAsyncDisposable
{
    /// <summary>A comment follows when nothing was written for one to two of these.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    private readonly PipeWriter _output;
    private readonly Utf8JsonWriter _json;
    private readonly byte[] _chunkStart;
    private readonly SemaphoreSlim _pen = new(1, 1);
    private readonly CancellationTokenSource _ended;
    private readonly Task _keepingAlive;
    private bool _wrote = true;

    private SseStream(HttpResponse response, byte[] chunkStart, TimeProvider time, CancellationToken cancellationToken)
    {
        _output = response.BodyWriter;
        _json = new Utf8JsonWriter(_output, AnswerJson.Options);
        _chunkStart = chunkStart;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _keepingAlive = KeepAliveAsync(time, _ended.Token);
    }

    /// <summary>Of chunks with choices. Sets the response's headers; they leave with the first flush.</summary>
    public static SseStream Open(
        HttpResponse response, AnswerShape shape, AnswerHead head, TimeProvider time, CancellationToken cancellationToken) =>
        Open(response, ChunkStart(shape, head), time, cancellationToken);

    /// <summary>Of named events. Sets the response's headers; they leave with the first flush.</summary>
    public static SseStream Open(HttpResponse response, TimeProvider time, CancellationToken cancellationToken) =>
        Open(response, [], time, cancellationToken);

    private static SseStream Open(HttpResponse response, byte[] chunkStart, TimeProvider time, CancellationToken cancellationToken)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return new SseStream(response, chunkStart, time, cancellationToken);
    }

    /// <summary>Waits until no comment is being written.</summary>
    public Task TakeAsync(CancellationToken cancellationToken) => _pen.WaitAsync(cancellationToken);

    /// <summary>Sends what was written, and lets comments in again.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _output.FlushAsync(cancellationToken);
        _wrote = true;
        _pen.Release();
    }

    /// <summary>Begins a chunk: the caller writes one choice, or none, and ends it.</summary>
    public Utf8JsonWriter BeginChunk()
    {
        _output.Write(_chunkStart);
        _json.Reset(_output);
        return _json;
    }

    public void EndChunk()
    {
        _json.Flush();
        _output.Write("]}\n\n"u8);
    }

    /// <summary>Begins a named event: the caller writes one object and ends it.</summary>
    public Utf8JsonWriter BeginEvent(string name)
    {
        _output.Write("event: "u8);
        Encoding.UTF8.GetBytes(name, _output);
        _output.Write("\ndata: "u8);
        _json.Reset(_output);
        return _json;
    }

    public void EndEvent()
    {
        _json.Flush();
        _output.Write("\n\n"u8);
    }

    /// <summary>The chunk of counts: `choices` is there and empty, which openai, AI SDK and Continue need.</summary>
    public void Usage(int prompt, int answer)
    {
        _output.Write(_chunkStart);
        _output.Write("],"u8);
        _json.Reset(_output);
        AnswerShape.WriteUsage(_json, prompt, answer);
        _json.Flush();
        _output.Write("}\n\n"u8);
    }

    public void Comment(string text)
    {
        _output.Write(": "u8);
        Encoding.UTF8.GetBytes(text, _output);
        _output.Write("\n\n"u8);
    }

    public void Error(Refusal refusal)
    {
        _output.Write("data: "u8);
        OpenAiErrors.Write(_output, refusal);
        _output.Write("\n\n"u8);
    }

    public void Done() => _output.Write("data: [DONE]\n\n"u8);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _keepingAlive;
        _ended.Dispose();
        _pen.Dispose();
        await _json.DisposeAsync();
    }

    private static byte[] ChunkStart(AnswerShape shape, AnswerHead head)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        bytes.Write("data: "u8);
        using var json = new Utf8JsonWriter(bytes, AnswerJson.Options);
        json.WriteStartObject();
        shape.WriteHead(json, head, shape.ChunkName);
        json.WriteStartArray("choices"u8);
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    private async Task KeepAliveAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        using var ticks = new PeriodicTimer(KeepAlive, time);
        try
        {
            while (await ticks.WaitForNextTickAsync(cancellationToken))
            {
                // Whoever holds the pen is writing: nothing to keep alive.
                if (!Quiet() || !await _pen.WaitAsync(0, cancellationToken))
                {
                    continue;
                }

                _output.Write(": keep-alive\n\n"u8);
                await _output.FlushAsync(cancellationToken);
                _pen.Release();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The stream has ended, or its caller has left.
        }
    }

    private bool Quiet() => !Interlocked.Exchange(ref _wrote, false);
}
