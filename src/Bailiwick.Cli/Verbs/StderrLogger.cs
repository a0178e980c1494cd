using Microsoft.Extensions.Logging;

namespace Bailiwick.Cli.Verbs;

/// <summary>Log lines of a link and its decoder as plain lines on stderr (--verbose).</summary>
internal sealed class StderrLogger(TextWriter error) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        error.WriteLine(formatter(state, exception));
}
