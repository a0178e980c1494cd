using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>What a body asked for: the turn, and how its answer is to be written.</summary>
/// <param name="Turn">For <see cref="ITurns"/>.</param>
/// <param name="IsStream">As server-sent events.</param>
/// <param name="WithUsage">With a last chunk of counts; streams only.</param>
internal sealed record DoorRequest(TurnRequest Turn, bool IsStream, bool WithUsage);
