using System.Buffers;
using System.Text.Json;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>Writes a response as one object. Nothing leaves before the turn has ended, so a failure is an ordinary error.</summary>
internal sealed class ResponseWhole(HttpContext context, ResponseRequest request, TimeProvider time)
{
    public async Task WriteAsync(IAsyncEnumerable<TurnEvent> events, CancellationToken cancellationToken)
    {
        ResponseAnswer? answer = null;
        await foreach (var next in events.WithCancellation(cancellationToken))
        {
            switch (next)
            {
                case TurnRefused refused:
                    await OpenAiErrors.WriteAsync(context, refused.Refusal, cancellationToken);
                    return;
                case TurnStarted started:
                    answer = new ResponseAnswer(request.HeadOf(started), request.Options, sink: null);
                    break;
                case TurnTokens tokens:
                    answer!.Add(tokens.Tokens);
                    break;
                case TurnEnded ended:
                    answer!.End(ended, time.GetUtcNow().ToUnixTimeSeconds());
                    AddReceipt(ended.Receipt);
                    await SendAsync(context, answer.Write, cancellationToken);
                    return;
                case TurnFailed failed:
                    AddReceipt(failed.Receipt);
                    await OpenAiErrors.WriteAsync(context, failed.Refusal, cancellationToken);
                    return;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new InvalidOperationException("A turn ended without a last event.");
    }

    /// <summary>Answers with one JSON value.</summary>
    public static async Task SendAsync(HttpContext context, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(body, AnswerJson.Options))
        {
            write(json);
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, cancellationToken);
    }

    private void AddReceipt(Receipt? receipt)
    {
        if (receipt is not null)
        {
            context.Response.Headers[Receipt.Header] = receipt.ToText();
        }
    }
}
