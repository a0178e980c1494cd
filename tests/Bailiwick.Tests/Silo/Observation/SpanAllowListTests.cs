using System.Diagnostics;
using Bailiwick.Silo.Observation;
using Bailiwick.Tests.Silo.Turns;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Bailiwick.Tests.Silo.Observation;

/// <summary>What of a span any exporter would get.</summary>
public sealed class SpanAllowListTests : IDisposable
{
    private const string Secret = "canary-7f3a";

    private readonly ActivitySource _source = new(TurnTrace.SourceName);
    private readonly Kept _kept = new();
    private readonly TracerProvider _provider;

    public SpanAllowListTests() => _provider = ObservationFeature
        .Trace(Sdk.CreateTracerProviderBuilder()).AddProcessor(new SimpleActivityExportProcessor(_kept)).Build();

    public void Dispose()
    {
        _provider.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void Span_WithUndeclaredTagsAndTexts_KeepsDeclaredOnesOnly()
    {
        using (var span = _source.StartActivity(GenAi.Chat)!)
        {
            span.SetTag(GenAi.Model, "small").SetTag("gen_ai.input.messages", Secret).SetTag("exception.message", Secret);
            span.SetStatus(ActivityStatusCode.Error, Secret);
            span.SetBaggage("user", Secret);
            span.DisplayName = Secret;
            span.TraceStateString = "vendor=" + Secret;
        }

        var exported = Mine().Single();
        Assert.Equal("chat status=Error gen_ai.request.model=small", exported);
    }

    [Fact]
    public void Span_WithAnExceptionEvent_IsNotExported()
    {
        using (var span = _source.StartActivity(GenAi.Chat)!)
        {
            span.SetTag(GenAi.Model, "event").AddException(new InvalidOperationException(Secret));
        }

        Assert.DoesNotContain(_kept.Spans, span => span.Contains("event", StringComparison.Ordinal) || span.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Span_OfAnotherName_IsNotExported()
    {
        using (_source.StartActivity(Secret))
        {
        }

        Assert.DoesNotContain(_kept.Spans, span => span.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Turn_UnderACallersTrace_IsARootWithDeclaredTagsAlone()
    {
        using var outer = new Activity("request").SetParentId($"00-{new string('a', 32)}-{new string('b', 16)}-01").Start();
        outer.TraceStateString = Secret;
        var script = new TurnScript().Then(TurnScript.Started(), TurnScript.Tokens(7, Secret), TurnScript.Stop(1));

        var events = await script.RunAsync(TurnScript.Request());

        var turn = ((Bailiwick.Silo.Turns.TurnStarted)events[0]).Turn;
        var span = _kept.Spans.Single(one => one.Contains(turn, StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, span, StringComparison.Ordinal);
        Assert.DoesNotContain(new string('a', 32), span, StringComparison.Ordinal);
        Assert.Contains("bailiwick.finish=stop", span, StringComparison.Ordinal);
        Assert.Contains("bailiwick.rules=R-1", span, StringComparison.Ordinal);
        Assert.Same(outer, Activity.Current);
    }

    /// <summary>Other tests run turns meanwhile; theirs have a turn.</summary>
    private IEnumerable<string> Mine() => _kept.Spans.Where(span => !span.Contains("bailiwick.turn=", StringComparison.Ordinal)
        && !span.Contains(GenAi.Operation, StringComparison.Ordinal));

    private sealed class Kept : BaseExporter<Activity>
    {
        private readonly Lock _gate = new();
        private readonly List<string> _spans = [];

        public IReadOnlyList<string> Spans
        {
            get
            {
                lock (_gate)
                {
                    return [.. _spans];
                }
            }
        }

        public override ExportResult Export(in Batch<Activity> batch)
        {
            lock (_gate)
            {
                foreach (var span in batch)
                {
                    var tags = string.Concat(span.TagObjects.Select(tag => $" {tag.Key}={tag.Value}"));
                    var rest = string.Concat(span.Events.Select(one => $" {one.Name}")) + string.Concat(span.Baggage.Select(one => $" {one.Key}={one.Value}"))
                        + span.StatusDescription + span.TraceStateString + (span.ParentId is { } parent ? $" parent={parent}" : "");
                    _spans.Add($"{span.DisplayName} status={span.Status}{tags}{rest}");
                }
            }

            return ExportResult.Success;
        }
    }
}
