namespace Bailiwick.Silo.Api.Auth;

/// <summary>Every line that authentication logs. Never a secret, a header or an address.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Warning, "API keys cannot be read ({Problem}); those that are known stay in force")]
    public static partial void KeysNotRead(this ILogger logger, string problem);

    [LoggerMessage(6002, LogLevel.Information, "API keys are read again")]
    public static partial void KeysReadAgain(this ILogger logger);
}
