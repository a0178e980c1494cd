using System.Text.Json;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Api.OpenAi;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.Responses;

/// <summary>
/// A response in events: `event:` lines, a number on each, no [DONE]. A turn that breaks ends in response.failed before the connection is
/// aborted.
/// </summary>
/// <param name="context">Of the request.</param>
/// <param name="options">Form of the answer.</param>
/// <param name="headOf">What the response says of itself.</param>
/// <param name="time">Paces keep-alive comments.</param>
internal sealed class ResponseStream(
    HttpContext context, ResponseOptions options, Func<TurnStarted, ResponseHead> headOf, TimeProvider time)
    : StreamAnswer(context, time), IResponseSink
{
    private ResponseAnswer _answer = null!;

    /// <summary>Number of the last event that the client has.</summary>
    public int After { get; init; } = -1;

    public Utf8JsonWriter? Begin(string type, int sequence)
    {
        if (sequence <= After)
        {
            return null;
        }

        var json = Stream.BeginEvent(type);
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WriteNumber("sequence_number"u8, sequence);
        return json;
    }

    public void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        Stream.EndEvent();
    }

    protected override SseStream Open(HttpResponse response, TurnStarted started, TimeProvider time, CancellationToken cancellationToken) =>
        SseStream.Open(response, time, cancellationToken);

    protected override void WriteStart(TurnStarted started)
    {
        _answer = new ResponseAnswer(headOf(started), options, this);
        _answer.Begin();
    }

    // Tokens without text go into the answer too, and a flush of nothing is none.
    protected override bool HasEvent(IReadOnlyList<DecodedToken> tokens) => true;

    protected override void WriteTokens(IReadOnlyList<DecodedToken> tokens) => _answer.Add(tokens);

    protected override void WriteEnd(TurnEnded ended) => _answer.End(ended, at: null);

    protected override void WriteFailure(TurnFailed failed) => _answer.Fail(failed.Refusal);
}
