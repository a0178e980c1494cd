using System.Buffers;
using System.Text;
using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Receipts;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>A turn as one JSON object. Nothing leaves before the turn has ended, so a failure is an ordinary error.</summary>
internal sealed class PlainAnswer(HttpContext context, AnswerShape shape, bool withLogprobs) : IAnswer
{
    private readonly StringBuilder _text = new();
    private readonly List<DecodedToken> _tokens = [];
    private readonly AnswerCalls _calls = new();
    private AnswerHead _head = null!;

    public ValueTask StartAsync(TurnStarted started, CancellationToken cancellationToken)
    {
        _head = AnswerHead.Of(started);
        shape.Turn = started.Turn;
        return ValueTask.CompletedTask;
    }

    public ValueTask AddAsync(IReadOnlyList<DecodedToken> tokens, CancellationToken cancellationToken)
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

        return ValueTask.CompletedTask;
    }

    public async ValueTask EndAsync(TurnEnded ended, CancellationToken cancellationToken)
    {
        _calls.Add(ended.Calls);
        AddReceipt(context.Response, ended.Receipt);
        var body = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(body, AnswerJson.Options))
        {
            json.WriteStartObject();
            shape.WriteHead(json, _head, shape.WholeName);
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

    public async ValueTask FailAsync(TurnFailed failed, CancellationToken cancellationToken)
    {
        AddReceipt(context.Response, failed.Receipt);
        await OpenAiErrors.WriteAsync(context, failed.Refusal, cancellationToken);
    }

    /// <summary>The receipt of an answer that leaves in one piece.</summary>
    public static void AddReceipt(HttpResponse response, Receipt? receipt)
    {
        if (receipt is not null)
        {
            response.Headers[Receipt.Header] = receipt.ToText();
        }
    }
}
