using System.Globalization;

namespace Bailiwick.Silo.Turns;

/// <summary>Ids of the calls of a turn: made of the turn's own id, so that whoever tells the same answer again tells the same ids.</summary>
internal static class CallId
{
    /// <summary>Start of a response's id.</summary>
    public const string ResponsePrefix = "resp_";

    private const string TurnPrefix = "t-";

    /// <param name="turn">Id of the turn.</param>
    /// <param name="index">Place of the call in the answer, from 0.</param>
    public static string Of(string turn, int index) => string.Create(
        CultureInfo.InvariantCulture, $"call_{(turn.StartsWith(TurnPrefix, StringComparison.Ordinal) ? turn[TurnPrefix.Length..] : turn)}_{index}");
}
