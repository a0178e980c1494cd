namespace Bailiwick.Silo.Api.Grpc;

/// <summary>Every line that the gRPC door logs. Method names and types only.</summary>
internal static partial class Log
{
    [LoggerMessage(6101, LogLevel.Error, "The call of {Method} failed: {Problem}\n{Stack}")]
    public static partial void CallFailed(this ILogger logger, string method, string problem, string stack);
}
