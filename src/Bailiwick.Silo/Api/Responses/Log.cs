namespace Bailiwick.Silo.Api.Responses;

/// <summary>What the door of responses logs. Ids and numbers only: no payload.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 411, Level = LogLevel.Error, Message = "Response {Response} met a bug in the background: {Exception} {Place}")]
    public static partial void BackgroundFailed(this ILogger logger, string response, string exception, string place);
}
