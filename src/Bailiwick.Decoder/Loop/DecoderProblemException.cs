using Bailiwick.Protocol;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>The decoder could not load, or cannot go on. The message is the problem's sentence and holds no payload.</summary>
public sealed class DecoderProblemException : Exception
{
    public DecoderProblemException(Problem problem)
        : base(problem?.Sentence)
    {
        ArgumentNullException.ThrowIfNull(problem);
        Problem = problem;
    }

    internal DecoderProblemException(ErrorRow row, string sentence)
        : this(Problems.Of(row, sentence))
    {
    }

    public Problem Problem { get; }
}

/// <summary>Writes rows of the error table into frames.</summary>
internal static class Problems
{
    internal static Problem Of(ErrorRow row, string sentence) => new() { Code = row.Code, Sentence = sentence };

    internal static Problem Invalid(string sentence) => Of(Errors.Invalid, sentence);

    internal static Problem Capability(string sentence) => Of(Errors.Capability, sentence);
}
