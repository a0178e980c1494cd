using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>
/// Carries a refusal out of the checks of one Submit or text call, whose depth would else thread a result through every
/// method. Caught in one place each, where it becomes the answer.
/// </summary>
internal sealed class TurnRefusedException(Problem problem) : Exception(problem.Sentence)
{
    internal Problem Problem { get; } = problem;
}
