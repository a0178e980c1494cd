using Bailiwick.Silo.Sessions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>What a body asked for: the turn, and how its answer is to be written.</summary>
/// <param name="Turn">For <see cref="ITurns"/>.</param>
/// <param name="IsStream">As server-sent events.</param>
/// <param name="WithUsage">With a last chunk of counts; streams only.</param>
internal sealed record DoorRequest(TurnRequest Turn, bool IsStream, bool WithUsage)
{
    /// <summary>The same under its idempotency key; a request that keeps nothing then has nothing to do with the store.</summary>
    public DoorRequest Under(IdempotencyKey? key) => this with
    {
        Turn = Turn with
        {
            Keep = key is not null ? Turn.Keep! with { Idempotency = key } : Turn.Keep is { IsVisible: true } ? Turn.Keep : null,
        },
    };
}
