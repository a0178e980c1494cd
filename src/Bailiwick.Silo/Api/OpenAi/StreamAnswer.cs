using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// Writes a turn as server-sent events, in the order that every client lives with: role, content, an empty delta with the finish
/// reason, counts if asked for, the receipt as the last comment, [DONE]. Before the first token a refusal is an ordinary error.
/// </summary>
internal sealed class StreamAnswer(HttpContext context, AnswerShape shape, bool withUsage, TimeProvider time)
{
    public async Task WriteAsync(IAsyncEnumerable<TurnEvent> events, CancellationToken cancellationToken)
    {
        SseStream? stream = null;
        try
        {
            await foreach (var next in events.WithCancellation(cancellationToken))
            {
                switch (next)
                {
                    case TurnRefused refused:
                        await OpenAiErrors.WriteAsync(context, refused.Refusal, cancellationToken);
                        return;
                    case TurnStarted started:
                        shape.Turn = started.Turn;
                        stream = SseStream.Open(context.Response, shape, AnswerHead.Of(started), time, cancellationToken);
                        await OpenAsync(stream, cancellationToken);
                        break;
                    case TurnTokens tokens when shape.HasChunk(tokens.Tokens):
                        await stream!.TakeAsync(cancellationToken);
                        shape.WriteTokens(stream.BeginChunk(), tokens.Tokens);
                        stream.EndChunk();
                        await stream.FlushAsync(cancellationToken);
                        break;
                    case TurnEnded ended:
                        await EndAsync(stream!, ended, cancellationToken);
                        return;
                    case TurnFailed failed:
                        await FailAsync(stream!, failed, cancellationToken);

                        // No comment may come while the connection is being ended.
                        await stream!.DisposeAsync();
                        stream = null;
                        await StreamBreak.AfterFlushAsync(context, time, cancellationToken);
                        return;
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidOperationException("A turn ended without a last event.");
        }
        finally
        {
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
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

    private async Task OpenAsync(SseStream stream, CancellationToken cancellationToken)
    {
        await stream.TakeAsync(cancellationToken);
        if (shape.HasOpening)
        {
            shape.WriteOpening(stream.BeginChunk());
            stream.EndChunk();
        }

        await stream.FlushAsync(cancellationToken);
    }

    private async Task EndAsync(SseStream stream, TurnEnded ended, CancellationToken cancellationToken)
    {
        await stream.TakeAsync(cancellationToken);
        if (ended.Tail.Length > 0 || ended.Calls.Count > 0)
        {
            shape.WriteTail(stream.BeginChunk(), ended.Tail, ended.Calls);
            stream.EndChunk();
        }

        shape.WriteEnd(stream.BeginChunk(), AnswerShape.Finish(ended.Length, ended.ToolCalls));
        stream.EndChunk();
        if (withUsage)
        {
            stream.Usage(ended.PromptTokens, ended.AnswerTokens);
        }

        stream.Comment($"{Protocol.Receipts.Receipt.Trailer} {ended.Receipt.ToText()}");
        stream.Done();
        await stream.FlushAsync(cancellationToken);
    }

    private static async Task FailAsync(SseStream stream, TurnFailed failed, CancellationToken cancellationToken)
    {
        await stream.TakeAsync(cancellationToken);
        stream.Error(failed.Refusal);
        if (failed.Receipt is { } receipt)
        {
            stream.Comment($"{Protocol.Receipts.Receipt.Trailer} {receipt.ToText()}");
        }

        await stream.FlushAsync(cancellationToken);
    }
}
