using System.Buffers;
using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Turns;
using TurnEvent = Bailiwick.Silo.Turns.TurnEvent;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>Writes a turn as one JSON object. Nothing leaves before the turn has ended, so a failure is an ordinary error.</summary>
internal sealed class PlainAnswer(HttpContext context, AnswerShape shape, bool withLogprobs)
{
    private readonly StringBuilder _text = new();
    private readonly List<DecodedToken> _tokens = [];
    private readonly AnswerCalls _calls = new();
    private AnswerHead? _head;

    public async Task WriteAsync(IAsyncEnumerable<TurnEvent> events, CancellationToken cancellationToken)
    {
        await foreach (var next in events.WithCancellation(cancellationToken))
        {
            switch (next)
            {
                case TurnRefused refused:
                    await OpenAiErrors.WriteAsync(context, refused.Refusal, cancellationToken);
                    return;
                case TurnStarted started:
                    _head = AnswerHead.Of(started);
                    shape.Turn = started.Turn;
                    break;
                case TurnTokens tokens:
                    Take(tokens.Tokens);
                    break;
                case TurnEnded ended:
                    _calls.Add(ended.Calls);
                    AddReceipt(ended.Receipt);
                    await EndAsync(ended, cancellationToken);
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

    private void Take(IReadOnlyList<DecodedToken> tokens)
    {
        foreach (var token in tokens)
        {
            _text.Append(token.Text);
            _calls.Add(token.Calls);
        }

        if (withLogprobs)
        {
            _tokens.AddRange(tokens);
        }
    }

    private void AddReceipt(Receipt? receipt)
    {
        if (receipt is not null)
        {
            context.Response.Headers[Receipt.Header] = receipt.ToText();
        }
    }

    private async Task EndAsync(TurnEnded ended, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(body, AnswerJson.Options))
        {
            json.WriteStartObject();
            shape.WriteHead(json, _head!, shape.WholeName);
            json.WriteStartArray("choices"u8);
            shape.WriteWhole(json, _text.Append(ended.Tail).ToString(), _calls, _tokens, AnswerShape.Finish(ended.Length, ended.ToolCalls));
            json.WriteEndArray();
            AnswerShape.WriteUsage(json, ended.PromptTokens, ended.AnswerTokens);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, cancellationToken);
    }
}
