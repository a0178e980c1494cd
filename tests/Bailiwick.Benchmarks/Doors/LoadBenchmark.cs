using System.Diagnostics;
using System.Text.Json.Nodes;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Benchmarks.Doors;

/// <summary>
/// 200 requests a second, whatever becomes of those before (open loop), for 20 s, to a silo with a simulated decoder and to the same
/// simulated decoder alone: what a request's latency gains. Latency counts from the moment that the request was due.
/// </summary>
internal static class LoadBenchmark
{
    private const int PerSecond = 200;
    private const int WarmUp = 400;
    private const int Tokens = 16;

    /// <param name="site">Its decoder simulates by the profile.</param>
    /// <param name="profile">File of the profile.</param>
    /// <param name="seconds">How long at each; 20 counts.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<JsonObject> MeasureAsync(RunningSite site, string profile, int seconds, CancellationToken cancellationToken)
    {
        var options = new DecoderLinkOptions { Load = new Load { MaxActiveTurns = 4096 }, SimulationProfile = profile };
        await using var link = await DecoderLink.StartAsync(options, TimeProvider.System, NullLogger.Instance, cancellationToken);
        using var grpc = new GrpcAsked(site);
        using var http = new HttpAsked(site);
        var bare = await RunAsync(new BareDecoder(link), seconds, cancellationToken);
        var figures = new JsonObject
        {
            ["load_average_before"] = PathBenchmark.LoadAverage(),
            ["requests_per_second"] = PerSecond,
            ["seconds"] = seconds,
            ["bare"] = Percentiles(bare),
        };
        foreach (var door in new IAsked[] { grpc, http })
        {
            var through = await RunAsync(door, seconds, cancellationToken);
            figures[door.Name] = Percentiles(through);
            figures[$"{door.Name}_added_p50_ms"] = Added(answer => answer.Whole, 0.5);
            figures[$"{door.Name}_added_p95_ms"] = Added(answer => answer.Whole, 0.95);
            figures[$"{door.Name}_added_first_token_p50_ms"] = Added(answer => answer.First, 0.5);
            double Added(Func<Latency, double> part, double share) => Math.Round(At(through, part, share) - At(bare, part, share), 2);
        }

        figures["load_average_after"] = PathBenchmark.LoadAverage();
        return figures;
    }

    private static async Task<Latency[]> RunAsync(IAsked asked, int seconds, CancellationToken cancellationToken)
    {
        var running = new List<Task<Latency>>();
        var start = Stopwatch.GetTimestamp();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        while (running.Count < WarmUp + (PerSecond * seconds) && await ticks.WaitForNextTickAsync(cancellationToken))
        {
            for (var due = (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * PerSecond); running.Count <= due;)
            {
                running.Add(AskAsync(asked, start + (running.Count * Stopwatch.Frequency / PerSecond), cancellationToken));
            }
        }

        return [.. (await Task.WhenAll(running)).Skip(WarmUp)];
    }

    private static async Task<Latency> AskAsync(IAsked asked, long due, CancellationToken cancellationToken)
    {
        var late = Stopwatch.GetElapsedTime(due).TotalMilliseconds;
        var (first, tokens) = await asked.AskAsync("A prompt of a few words", Tokens, cancellationToken);
        return tokens == Tokens
            ? new Latency(late + (first * 1e3), Stopwatch.GetElapsedTime(due).TotalMilliseconds)
            : throw new InvalidOperationException($"{tokens} of {Tokens} tokens came by {asked.Name}");
    }

    private static JsonObject Percentiles(Latency[] answers) => new()
    {
        ["p50_ms"] = Math.Round(At(answers, answer => answer.Whole, 0.5), 2),
        ["p95_ms"] = Math.Round(At(answers, answer => answer.Whole, 0.95), 2),
        ["p99_ms"] = Math.Round(At(answers, answer => answer.Whole, 0.99), 2),
        ["first_token_p50_ms"] = Math.Round(At(answers, answer => answer.First, 0.5), 2),
        ["requests"] = answers.Length,
    };

    private static double At(Latency[] answers, Func<Latency, double> part, double share) =>
        answers.Select(part).Order().ElementAt((int)(share * (answers.Length - 1)));

    /// <param name="First">Ms to the first token.</param>
    /// <param name="Whole">Ms to the last.</param>
    private readonly record struct Latency(double First, double Whole);
}
