using System.Diagnostics.Metrics;

namespace Bailiwick.Silo.Observation;

/// <summary>
/// What a gateway counts of its turns. Names and buckets of gen_ai.* are those of OpenTelemetry's GenAI conventions (server metrics, and
/// the usage counters, which the conventions have under gen_ai.client alone). Labels: the model's name, rule ids, codes; nothing else.
/// </summary>
internal sealed class TurnInstruments
{
    public const string MeterName = "Bailiwick.Turns";

    /// <summary>The conventions' buckets, and four more for queues.</summary>
    private static readonly double[] FirstTokenBuckets =
        [.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];

    /// <summary>The conventions' buckets, and two below for small models.</summary>
    private static readonly double[] TokenBuckets = [.002, .005, .01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5];

    private static readonly double[] DurationBuckets =
        [.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    /// <summary>The goal is a second of detection, then the time to a first token; a turn is given up after twenty.</summary>
    private static readonly double[] GapBuckets = [.1, .25, .5, .75, 1, 1.5, 2, 3, 5, 10, 20, 30];

    public TurnInstruments(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        FirstToken = Seconds(meter, "gen_ai.server.time_to_first_token", FirstTokenBuckets, "Time from a request to its first token.");
        PerToken = Seconds(
            meter, "gen_ai.server.time_per_output_token", TokenBuckets, "Mean time per token of a whole answer, after its first.");
        Duration = Seconds(meter, "gen_ai.server.request.duration", DurationBuckets, "Time from a request to its end, failed ones included.");
        InputTokens = meter.CreateCounter<long>("gen_ai.client.inference.usage.input_tokens", "{token}", "Tokens of prompts.");
        OutputTokens = meter.CreateCounter<long>("gen_ai.client.inference.usage.output_tokens", "{token}", "Tokens of answers, as they leave.");
        Queue = Seconds(meter, "bailiwick.turn.queue", FirstTokenBuckets, "Time that whole answers waited for KV blocks.");
        Gap = Seconds(meter, "bailiwick.failover.gap", GapBuckets, "Time without a token that a lost replica cost a turn.");
        Streams = meter.CreateUpDownCounter<long>("bailiwick.streams", null, "Turns that callers of this gateway wait for or read.");
        Turns = meter.CreateCounter<long>("bailiwick.turns", "{turn}", "Turns that ended, by how: a reason to finish, or a code of the error table.");
        Decisions = meter.CreateCounter<long>(
            "bailiwick.residency.decisions", "{decision}", "Decisions that became records, once for every rule that decided.");
    }

    public Histogram<double> FirstToken { get; }

    public Histogram<double> PerToken { get; }

    public Histogram<double> Duration { get; }

    public Counter<long> InputTokens { get; }

    public Counter<long> OutputTokens { get; }

    public Histogram<double> Queue { get; }

    public Histogram<double> Gap { get; }

    public UpDownCounter<long> Streams { get; }

    public Counter<long> Turns { get; }

    public Counter<long> Decisions { get; }

    private static Histogram<double> Seconds(Meter meter, string name, double[] buckets, string description) => meter.CreateHistogram(
        name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}
