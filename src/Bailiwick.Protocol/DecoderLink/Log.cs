using Microsoft.Extensions.Logging;

namespace Bailiwick.Protocol.Decoder;

/// <summary>Every log line of the link. None holds payload: ids, counts, reasons of the error table.</summary>
internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Information, "Decoder {Pid} started, version {Version}, isolated: {Isolated}")]
    public static partial void Started(ILogger logger, int pid, string version, bool isolated);

    [LoggerMessage(102, LogLevel.Information, "Decoder {Pid} is ready after {LoadMs} ms: {Runtime}")]
    public static partial void Ready(ILogger logger, int pid, long loadMs, string runtime);

    [LoggerMessage(103, LogLevel.Warning, "Decoder lost ({Kind}): {Sentence}")]
    public static partial void Lost(ILogger logger, LossKind kind, string sentence);

    [LoggerMessage(104, LogLevel.Information, "Decoder restarts in {DelayMs} ms; {Turns} turns wait")]
    public static partial void Restarting(ILogger logger, double delayMs, int turns);

    [LoggerMessage(105, LogLevel.Error, "Decoder failed for good ({Kind}): {Sentence}")]
    public static partial void Failed(ILogger logger, LossKind kind, string sentence);

    [LoggerMessage(106, LogLevel.Information, "Decoder {Pid}: {Line}")]
    public static partial void DecoderSays(ILogger logger, int pid, string line);
}
