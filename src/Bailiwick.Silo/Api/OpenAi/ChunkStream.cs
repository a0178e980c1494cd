using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>
/// A chat or a completion in chunks, in the order that every client lives with: role, content, an empty delta with the finish reason,
/// counts if asked for, the receipt, [DONE].
/// </summary>
internal sealed class ChunkStream(HttpContext context, AnswerShape shape, bool withUsage, TimeProvider time) : StreamAnswer(context, time)
{
    protected override SseStream Open(HttpResponse response, TurnStarted started, TimeProvider time, CancellationToken cancellationToken)
    {
        shape.Turn = started.Turn;
        return SseStream.Open(response, shape, AnswerHead.Of(started), time, cancellationToken);
    }

    protected override void WriteStart(TurnStarted started)
    {
        if (shape.HasOpening)
        {
            shape.WriteOpening(Stream.BeginChunk());
            Stream.EndChunk();
        }
    }

    protected override bool HasEvent(IReadOnlyList<DecodedToken> tokens) => shape.HasChunk(tokens);

    protected override void WriteTokens(IReadOnlyList<DecodedToken> tokens)
    {
        shape.WriteTokens(Stream.BeginChunk(), tokens);
        Stream.EndChunk();
    }

    protected override void WriteEnd(TurnEnded ended)
    {
        if (ended.Tail.Length > 0 || ended.Calls.Count > 0)
        {
            shape.WriteTail(Stream.BeginChunk(), ended.Tail, ended.Calls);
            Stream.EndChunk();
        }

        shape.WriteEnd(Stream.BeginChunk(), AnswerShape.Finish(ended.Length, ended.ToolCalls));
        Stream.EndChunk();
        if (withUsage)
        {
            Stream.Usage(ended.PromptTokens, ended.AnswerTokens);
        }
    }

    protected override void WriteFailure(TurnFailed failed) => Stream.Error(failed.Refusal);

    protected override void WriteLast() => Stream.Done();
}
