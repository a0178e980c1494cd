using System.Text.Json;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// Writes a response as server-sent events: `event:` lines, a number on each event, the receipt as the last comment, no [DONE]. Before the
/// first event a refusal is an ordinary error; a turn that breaks afterwards ends in response.failed and an aborted connection.
/// </summary>
/// <param name="context">Of the request.</param>
/// <param name="options">Form of the answer.</param>
/// <param name="headOf">What the response says of itself.</param>
/// <param name="time">Paces keep-alive comments.</param>
internal sealed class ResponseStream(
    HttpContext context, ResponseOptions options, Func<TurnStarted, ResponseHead> headOf, TimeProvider time) : IResponseSink
{
    private SseStream? _stream;

    /// <summary>Number of the last event that the client has.</summary>
    public int After { get; init; } = -1;

    public async Task WriteAsync(IAsyncEnumerable<TurnEvent> events, CancellationToken cancellationToken)
    {
        ResponseAnswer? answer = null;
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
                        _stream = SseStream.Open(context.Response, time, cancellationToken);
                        answer = new ResponseAnswer(headOf(started), options, this);
                        await WriteAsync(answer.Begin, null, cancellationToken);
                        break;
                    case TurnTokens tokens:
                        await WriteAsync(() => answer!.Add(tokens.Tokens), null, cancellationToken);
                        break;
                    case TurnEnded ended:
                        await WriteAsync(() => answer!.End(ended, at: null), ended.Receipt, cancellationToken);
                        return;
                    case TurnFailed failed:
                        await WriteAsync(() => answer!.Fail(failed.Refusal), failed.Receipt, cancellationToken);

                        // No comment may come while the connection is being ended.
                        await _stream!.DisposeAsync();
                        _stream = null;
                        await StreamBreak.AfterFlushAsync(context, time, cancellationToken);
                        return;
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidOperationException("A turn ended without a last event.");
        }
        finally
        {
            if (_stream is not null)
            {
                await _stream.DisposeAsync();
            }
        }
    }

    public Utf8JsonWriter? Begin(string type, int sequence)
    {
        if (sequence <= After)
        {
            return null;
        }

        var json = _stream!.BeginEvent(type);
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WriteNumber("sequence_number"u8, sequence);
        return json;
    }

    public void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        _stream!.EndEvent();
    }

    private async Task WriteAsync(Action tell, Receipt? receipt, CancellationToken cancellationToken)
    {
        await _stream!.TakeAsync(cancellationToken);
        tell();
        if (receipt is not null)
        {
            _stream.Comment($"{Receipt.Trailer} {receipt.ToText()}");
        }

        await _stream.FlushAsync(cancellationToken);
    }
}
