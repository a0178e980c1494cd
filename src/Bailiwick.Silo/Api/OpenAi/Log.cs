namespace Bailiwick.Silo.Api.OpenAi;

/// <summary>What the HTTP door logs. Never payload: of an exception its type and place alone.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 401, Level = LogLevel.Error, Message = "Request {Request} met a bug: {Exception} {Place}")]
    public static partial void RequestFailed(this ILogger logger, string request, string exception, string? place);
}
