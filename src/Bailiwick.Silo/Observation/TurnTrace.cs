using System.Diagnostics;

namespace Bailiwick.Silo.Observation;

/// <summary>The span of a turn. Its tags are declared in <see cref="SpanAllowList"/>; what is not, does not survive.</summary>
internal static class TurnTrace
{
    public const string SourceName = "Bailiwick.Turns";

    public const string Turn = "bailiwick.turn";
    public const string Finish = "bailiwick.finish";
    public const string Rules = "bailiwick.rules";
    public const string Moves = "bailiwick.moves";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>
    /// A root of its own, null where nobody listens: the trace that a caller's header names is the caller's text. Never the current
    /// activity: an answer is written step by step, each in the context of its reader.
    /// </summary>
    public static Activity? Begin(string operation)
    {
        var outer = Activity.Current;
        Activity.Current = null;
        var span = Source.StartActivity(operation, ActivityKind.Server);
        Activity.Current = outer;
        return span?.SetTag(GenAi.Operation, operation).SetTag(GenAi.Provider, GenAi.ProviderName);
    }

    /// <summary>Ends it, without touching what is current.</summary>
    public static void End(Activity? span)
    {
        if (span is not null)
        {
            var outer = Activity.Current;
            span.Stop();
            Activity.Current = outer;
        }
    }
}
