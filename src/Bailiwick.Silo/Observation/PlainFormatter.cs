using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Bailiwick.Silo.Observation;

/// <summary>
/// A line per entry: time, level, category, event, message; then for an exception its types and frames, never its message, which may
/// repeat what a caller sent. Our own messages are written as they are, since a test reads their templates. Those of libraries
/// are written with the values that cannot hold text; any other value is a star.
/// </summary>
internal sealed partial class PlainFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "plain";

    private const string Ours = "Bailiwick.";
    private const int MostFrames = 12;

    private readonly long _began = time.GetTimestamp();

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (IsKnownToMeanNothing(logEntry))
        {
            return;
        }

        var message = logEntry.Category.StartsWith(Ours, StringComparison.Ordinal)
            ? logEntry.Formatter(logEntry.State, null)
            : Foreign(logEntry.State as IReadOnlyList<KeyValuePair<string, object?>>);
        textWriter.Write(time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z '", CultureInfo.InvariantCulture));
        textWriter.Write($"{Level(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] {OneLine(message)}");
        for (var problem = logEntry.Exception; problem is not null; problem = problem.InnerException)
        {
            textWriter.Write($" <- {problem.GetType().FullName}");
            foreach (var frame in (problem.StackTrace ?? "").Split('\n').Where(line => Frame().IsMatch(line)).Take(MostFrames))
            {
                textWriter.Write($" {Frame().Match(frame).Groups[1].Value}");
            }
        }

        textWriter.Write('\n');
    }

    /// <summary>Two lines of Orleans at every start that nobody can act on, so that nobody learns to overlook warnings.</summary>
    private bool IsKnownToMeanNothing<TState>(in LogEntry<TState> entry) => (entry.Category, entry.EventId.Id) switch
    {
        // It recommends ServerGC. Ours is the workstation's on purpose: a silo shares its machine with the decoders, whose memory counts.
        ("Orleans.Runtime.Silo", 100405) => true,
        // The watchdog's first look counts from the machine's start: a stall longer than this process is old is none.
        ("Orleans.Runtime.Watchdog", 100150) => entry.State is IReadOnlyList<KeyValuePair<string, object?>> state
            && state.Any(value => value.Value is TimeSpan stall && stall > time.GetElapsedTime(_began)),
        _ => false,
    };

    /// <summary>The template with what is safe; without a template nothing is.</summary>
    private static string Foreign(IReadOnlyList<KeyValuePair<string, object?>>? state)
    {
        if (state is not [.., { Key: "{OriginalFormat}", Value: string template }])
        {
            return "(no template)";
        }

        // One value per hole, in order.
        var next = 0;
        return Hole().Replace(template, _ => next < state.Count - 1 ? Safe(state[next++].Value) : "*");
    }

    private static string Safe(object? value) => value switch
    {
        null => "null",
        bool or Enum or Guid or IPAddress or IPEndPoint or TimeSpan or SiloAddress or DateTime or DateTimeOffset =>
            string.Create(CultureInfo.InvariantCulture, $"{value}"),
        Type type => type.Name,
        _ when value.GetType().IsPrimitive && value is not char => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        _ => "*",
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        LogLevel.Critical => "crit",
        _ => throw new UnreachableException(),
    };

    /// <summary>Type, method and parameter types; the path of a source file stays out.</summary>
    [GeneratedRegex(@"^   at ([^\s(]+)\(")]
    private static partial Regex Frame();

    [GeneratedRegex(@"(?<!\{)\{[^{}]+\}(?!\})")]
    private static partial Regex Hole();
}
