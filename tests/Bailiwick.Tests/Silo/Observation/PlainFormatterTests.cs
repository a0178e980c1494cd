using System.Net;
using Bailiwick.Silo.Observation;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo.Observation;

/// <summary>Log lines, and what never stands in one.</summary>
public sealed partial class PlainFormatterTests
{
    private const string Secret = "canary-51be";

    [Fact]
    public void Ours_WithoutException_IsOneLineAsWritten() =>
        Assert.Equal(
            "2026-11-24T12:00:00.000Z info: Bailiwick.Silo.Cluster[7] Joined north at 127.0.0.1:1\n",
            Line("Bailiwick.Silo.Cluster", logger => Joined(logger, "north", new IPEndPoint(IPAddress.Loopback, 1))));

    [Fact]
    public void Exception_WithTextAndInnerOnes_LeavesTypesAndFrames()
    {
        var line = Line("Orleans.Runtime", logger => Failed(logger, Thrown(), 3));

        Assert.DoesNotContain(Secret, line, StringComparison.Ordinal);
        Assert.Contains("Orleans.Runtime[8] Failed 3 times", line, StringComparison.Ordinal);
        Assert.Contains(" <- System.InvalidOperationException ", line, StringComparison.Ordinal);
        Assert.Contains(" <- System.FormatException", line, StringComparison.Ordinal);
        Assert.Contains("PlainFormatterTests.Thrown", line, StringComparison.Ordinal);
        Assert.Single(line.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Foreign_WithTextAsAValue_HasAStarInItsPlace()
    {
        var line = Line("Orleans.Messaging", logger => Call(logger, Secret, new { Body = Secret }, TimeSpan.FromSeconds(2)));

        Assert.Equal("2026-11-24T12:00:00.000Z warn: Orleans.Messaging[9] Call * of * took 00:00:02\n", line);
    }

    [Fact]
    public void Watchdog_StallLongerThanTheProcessIsOld_IsNotWritten()
    {
        // The formatter is made at the entry's own moment here, so any stall is longer.
        Assert.Empty(Line("Orleans.Runtime.Watchdog", logger => Stalled(logger, TimeSpan.FromMinutes(39))));
        Assert.NotEmpty(Line("Orleans.Runtime.Watchdog", logger => Stalled(logger, TimeSpan.Zero)));
        Assert.Empty(Line("Orleans.Runtime.Silo", logger => Advised(logger)));
        Assert.NotEmpty(Line("Orleans.Runtime.Other", logger => Advised(logger)));
    }

    [Fact]
    public void Foreign_WithoutATemplate_SaysNothing()
    {
        var line = Line("Npgsql", logger => logger.Log(LogLevel.Warning, default, Secret, null, (state, _) => state));

        Assert.Equal("2026-11-24T12:00:00.000Z warn: Npgsql[0] (no template)\n", line);
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException(Secret, new FormatException($"{Secret}\n   at {Secret}(x)"));
        }
        catch (InvalidOperationException problem)
        {
            return problem;
        }
    }

    private static string Line(string category, Action<ILogger> log)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        using var text = new StringWriter();
        log(new Logger(category, new PlainFormatter(clock), text));
        return text.ToString();
    }

    [LoggerMessage(7, LogLevel.Information, "Joined {Boundary} at {Address}")]
    private static partial void Joined(ILogger logger, string boundary, IPEndPoint address);

    [LoggerMessage(8, LogLevel.Error, "Failed {Count} times")]
    private static partial void Failed(ILogger logger, Exception problem, int count);

    [LoggerMessage(9, LogLevel.Warning, "Call {Name} of {Body} took {Time}")]
    private static partial void Call(ILogger logger, string name, object body, TimeSpan time);

    [LoggerMessage(100150, LogLevel.Warning, "Participant check thread has not completed for {Elapsed}")]
    private static partial void Stalled(ILogger logger, TimeSpan elapsed);

    [LoggerMessage(100405, LogLevel.Warning, "Note: Silo not running with ServerGC turned on")]
    private static partial void Advised(ILogger logger);

    private sealed class Logger(string category, PlainFormatter formatter, TextWriter text) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter1) =>
            formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter1), null, text);
    }
}
