using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>What stands in an answer and in each of its chunks.</summary>
/// <param name="Turn">Id of the turn; the answer's id ends with it.</param>
/// <param name="Created">Unix seconds.</param>
/// <param name="Model">Resolved name.</param>
/// <param name="Fingerprint">Start of the build's tree digest: the answer can be repeated with an equal one.</param>
internal sealed record AnswerHead(string Turn, long Created, string Model, string Fingerprint)
{
    private const int FingerprintDigits = 16;

    public static AnswerHead Of(TurnStarted started) => new(
        started.Turn, started.At.ToUnixTimeSeconds(), started.Model, started.Build[..Math.Min(FingerprintDigits, started.Build.Length)]);
}
