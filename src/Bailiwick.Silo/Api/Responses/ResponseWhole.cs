using System.Buffers;
using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>A response as one object. Nothing leaves before the turn has ended, so a failure is an ordinary error.</summary>
internal sealed class ResponseWhole(HttpContext context, ResponseRequest request, TimeProvider time) : IAnswer
{
    private ResponseAnswer _answer = null!;

    public ValueTask StartAsync(TurnStarted started, CancellationToken cancellationToken)
    {
        _answer = new ResponseAnswer(request.HeadOf(started), request.Options, sink: null);
        return ValueTask.CompletedTask;
    }

    public ValueTask AddAsync(IReadOnlyList<DecodedToken> tokens, CancellationToken cancellationToken)
    {
        _answer.Add(tokens);
        return ValueTask.CompletedTask;
    }

    public async ValueTask EndAsync(TurnEnded ended, CancellationToken cancellationToken)
    {
        _answer.End(ended, time.GetUtcNow().ToUnixTimeSeconds());
        PlainAnswer.AddReceipt(context.Response, ended.Receipt);
        await SendAsync(context, _answer.Write, cancellationToken);
    }

    public async ValueTask FailAsync(TurnFailed failed, CancellationToken cancellationToken)
    {
        PlainAnswer.AddReceipt(context.Response, failed.Receipt);
        await OpenAiErrors.WriteAsync(context, failed.Refusal, cancellationToken);
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
}
