using Bailiwick.Silo.Shards;

namespace Bailiwick.Silo.Turns;

/// <summary>Every line that a silo logs of its turns. Ids and numbers only: no payload.</summary>
internal static partial class Log
{
    [LoggerMessage(1301, LogLevel.Warning, "Turn {Turn} lost node {Node} ({Loss}) after {Tokens} tokens and goes on elsewhere")]
    public static partial void TurnLost(this ILogger logger, string turn, string node, ShardLoss loss, int tokens);

    [LoggerMessage(1302, LogLevel.Information, "Turn {Turn} goes on at node {Node} after a gap of {GapMs} ms")]
    public static partial void TurnMoved(this ILogger logger, string turn, string node, long gapMs);

    [LoggerMessage(1303, LogLevel.Critical, "The outcome of turn {Turn} could not be written, neither to the database nor to the spool")]
    public static partial void OutcomeLost(this ILogger logger, string turn);

    [LoggerMessage(1304, LogLevel.Debug, "No more probes: the silo stops")]
    public static partial void ProbesEnded(this ILogger logger);
}
