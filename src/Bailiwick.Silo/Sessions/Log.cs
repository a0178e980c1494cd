namespace Bailiwick.Silo.Sessions;

/// <summary>Every line that a silo logs of what it keeps. Ids and numbers only: no payload.</summary>
internal static partial class Log
{
    [LoggerMessage(1601, LogLevel.Error, "The {Kind} of {Row}, sealed by key {Key}, cannot be opened: the key is not held here, or the value was changed")]
    public static partial void SealBroken(this ILogger logger, string kind, string row, string key);

    [LoggerMessage(1604, LogLevel.Error, "The table has another label for {Row} than its sealed values say: it was changed there")]
    public static partial void LabelChanged(this ILogger logger, string row);

    [LoggerMessage(1602, LogLevel.Information, "{Turns} turns and {Conversations} conversations were removed: their time is over")]
    public static partial void Swept(this ILogger logger, int turns, int conversations);

    [LoggerMessage(1603, LogLevel.Warning, "What is kept beyond its time could not be removed: {Fault}")]
    public static partial void SweepFailed(this ILogger logger, string fault);
}
