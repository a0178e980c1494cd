using Bailiwick.Protocol.Decoder;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>An HTTP answer while a turn makes it: one object at the end, or events. <see cref="AnswerLoop"/> calls it in a turn's order.</summary>
internal interface IAnswer
{
    /// <summary>Once, first.</summary>
    ValueTask StartAsync(TurnStarted started, CancellationToken cancellationToken);

    /// <summary>Tokens are valid until this returns.</summary>
    ValueTask AddAsync(IReadOnlyList<DecodedToken> tokens, CancellationToken cancellationToken);

    /// <summary>Last, where the answer is whole.</summary>
    ValueTask EndAsync(TurnEnded ended, CancellationToken cancellationToken);

    /// <summary>Last, where it breaks.</summary>
    ValueTask FailAsync(TurnFailed failed, CancellationToken cancellationToken);
}
