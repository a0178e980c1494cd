namespace Bailiwick.Silo.Api.Auth;

/// <summary>Every line that authentication logs. Never a secret, a header or an address.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Warning, "API keys cannot be read ({Problem}); those that are known stay in force")]
    public static partial void KeysNotRead(this ILogger logger, string problem);

    [LoggerMessage(6002, LogLevel.Information, "API keys are read again")]
    public static partial void KeysReadAgain(this ILogger logger);

    [LoggerMessage(6003, LogLevel.Error, "{Setting} cannot be used ({Fault}); {Meanwhile}")]
    public static partial void FileNotUsed(this ILogger logger, string setting, string fault, string meanwhile);

    [LoggerMessage(6004, LogLevel.Information, "{Setting} is read again")]
    public static partial void FileReadAgain(this ILogger logger, string setting);

    [LoggerMessage(6005, LogLevel.Information, "A token was refused: {Fault} (told once in ten seconds for each reason)")]
    public static partial void TokenRefused(this ILogger logger, Tokens.TokenFault fault);
}
