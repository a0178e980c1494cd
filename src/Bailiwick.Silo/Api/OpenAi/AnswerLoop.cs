using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>Every HTTP answer that a turn makes is written here. A turn that was refused has told nothing yet: its error is an ordinary one.</summary>
internal static class AnswerLoop
{
    public static async Task WriteAsync(
        HttpContext context, IAsyncEnumerable<TurnEvent> events, IAnswer answer, CancellationToken cancellationToken)
    {
        await foreach (var next in events.WithCancellation(cancellationToken))
        {
            switch (next)
            {
                case TurnRefused refused:
                    await OpenAiErrors.WriteAsync(context, refused.Refusal, cancellationToken);
                    return;
                case TurnStarted started:
                    await answer.StartAsync(started, cancellationToken);
                    break;
                case TurnTokens tokens:
                    await answer.AddAsync(tokens.Tokens, cancellationToken);
                    break;
                case TurnEnded ended:
                    await answer.EndAsync(ended, cancellationToken);
                    return;
                case TurnFailed failed:
                    await answer.FailAsync(failed, cancellationToken);
                    return;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new InvalidOperationException("A turn ended without a last event.");
    }
}
