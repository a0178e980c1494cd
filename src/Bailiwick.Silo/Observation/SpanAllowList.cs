using System.Collections.Frozen;
using System.Diagnostics;
using OpenTelemetry;

namespace Bailiwick.Silo.Observation;

/// <summary>
/// The last thing that a span passes before any exporter: tags that are not declared here go, and so do descriptions and trace state. A
/// span with events or links, which cannot be taken off, or of a name that is not ours, is not recorded at all.
/// </summary>
internal sealed class SpanAllowList : BaseProcessor<Activity>
{
    /// <summary>Ids, numbers, codes and names of the configuration.</summary>
    public static FrozenSet<string> Tags { get; } = FrozenSet.ToFrozenSet(
        [
            GenAi.Operation, GenAi.Provider, GenAi.Model, GenAi.InputTokens, GenAi.OutputTokens, GenAi.ErrorType,
            TurnTrace.Turn, TurnTrace.Finish, TurnTrace.Rules, TurnTrace.Moves,
        ],
        StringComparer.Ordinal);

    /// <summary>Names of spans.</summary>
    public static FrozenSet<string> Names { get; } = FrozenSet.ToFrozenSet([GenAi.Chat, GenAi.Completion], StringComparer.Ordinal);

    public override void OnEnd(Activity data)
    {
        foreach (var (key, _) in data.TagObjects.Where(tag => !Tags.Contains(tag.Key)).ToList())
        {
            data.SetTag(key, null);
        }

        data.SetStatus(data.Status);
        data.TraceStateString = null;
        data.DisplayName = data.OperationName;
        foreach (var (key, _) in data.Baggage.ToList())
        {
            data.SetBaggage(key, null);
        }

        if (!Names.Contains(data.OperationName) || data.Events.Any() || data.Links.Any())
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
