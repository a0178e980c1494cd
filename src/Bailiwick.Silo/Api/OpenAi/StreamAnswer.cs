using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// A turn as server-sent events: when they leave, the receipt as the last comment, and how a stream breaks. What the events say is its
/// endpoint's: <see cref="ChunkStream"/>, <see cref="Responses.ResponseStream"/>.
/// </summary>
internal abstract class StreamAnswer(HttpContext context, TimeProvider time) : IAnswer, IAsyncDisposable
{
    private SseStream? _stream;

    protected SseStream Stream => _stream!;

    public async ValueTask StartAsync(TurnStarted started, CancellationToken cancellationToken)
    {
        _stream = Open(context.Response, started, time, cancellationToken);
        await Stream.TakeAsync(cancellationToken);
        WriteStart(started);
        await Stream.FlushAsync(cancellationToken);
    }

    public async ValueTask AddAsync(IReadOnlyList<DecodedToken> tokens, CancellationToken cancellationToken)
    {
        if (HasEvent(tokens))
        {
            await Stream.TakeAsync(cancellationToken);
            WriteTokens(tokens);
            await Stream.FlushAsync(cancellationToken);
        }
    }

    public async ValueTask EndAsync(TurnEnded ended, CancellationToken cancellationToken)
    {
        await Stream.TakeAsync(cancellationToken);
        WriteEnd(ended);
        WriteReceipt(ended.Receipt);
        WriteLast();
        await Stream.FlushAsync(cancellationToken);
    }

    public async ValueTask FailAsync(TurnFailed failed, CancellationToken cancellationToken)
    {
        await Stream.TakeAsync(cancellationToken);
        WriteFailure(failed);
        WriteReceipt(failed.Receipt);
        await Stream.FlushAsync(cancellationToken);

        // No comment may come while the connection is being ended.
        await DisposeAsync();
        await StreamBreak.AfterFlushAsync(context, time, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is { } stream)
        {
            _stream = null;
            await stream.DisposeAsync();
        }
    }

    /// <summary>For a bug after the stream began: there is no more than a code to give.</summary>
    public static async Task BreakAsync(HttpContext context, TimeProvider time, CancellationToken cancellationToken)
    {
        await context.Response.BodyWriter.WriteAsync("\n\ndata: "u8.ToArray(), cancellationToken);
        OpenAiErrors.Write(context.Response.BodyWriter, OpenAiDoor.Bug);
        await context.Response.BodyWriter.WriteAsync("\n\n"u8.ToArray(), cancellationToken);
        await StreamBreak.AfterFlushAsync(context, time, cancellationToken);
    }

    protected abstract SseStream Open(HttpResponse response, TurnStarted started, TimeProvider time, CancellationToken cancellationToken);

    /// <summary>Before the first token.</summary>
    protected abstract void WriteStart(TurnStarted started);

    /// <summary>Whether these tokens have anything to tell.</summary>
    protected abstract bool HasEvent(IReadOnlyList<DecodedToken> tokens);

    protected abstract void WriteTokens(IReadOnlyList<DecodedToken> tokens);

    protected abstract void WriteEnd(TurnEnded ended);

    protected abstract void WriteFailure(TurnFailed failed);

    /// <summary>After the receipt of a whole answer.</summary>
    protected virtual void WriteLast()
    {
    }

    private void WriteReceipt(Receipt? receipt)
    {
        if (receipt is not null)
        {
            Stream.Comment($"{Receipt.Trailer} {receipt.ToText()}");
        }
    }
}
