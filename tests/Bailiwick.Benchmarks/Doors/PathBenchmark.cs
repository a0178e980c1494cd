using System.Diagnostics;
using System.Text.Json.Nodes;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Benchmarks.Doors;

/// <summary>
/// What the whole path (door, turn, records, grain, frames) costs over the bare decoder: the same prompts to a decoder of this
/// process's own and to a silo on the same machine, in turn. CPU of all processes but PostgreSQL. Medians of five.
/// </summary>
internal static class PathBenchmark
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(5);

    /// <summary>Streams at once, and tokens of each.</summary>
    private static readonly (int Streams, int Tokens)[] Shapes = [(1, 250), (8, 60)];

    /// <summary>
    /// The silo is warm when it rests at this share of a core. Before, the runtime compiles what has become hot, which was two thirds of
    /// the CPU of a silo's first minutes, and says nothing about a silo that runs for weeks.
    /// </summary>
    private const double Warm = 0.015;

    private const int MostWarmUps = 12;

    /// <param name="site">Its decoder has one compute thread.</param>
    /// <param name="build">Folder of the same build.</param>
    /// <param name="isTrial">One round of each: shows that it runs, its figures say little.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<JsonObject> MeasureAsync(RunningSite site, string build, bool isTrial, CancellationToken cancellationToken)
    {
        var load = new Load { ModelDirectory = build, Threads = 1, GenaiLibrary = Environment.GetEnvironmentVariable("BAILIWICK_GENAI") ?? "" };
        await using var link = await DecoderLink.StartAsync(
            new DecoderLinkOptions { Load = load }, TimeProvider.System, NullLogger.Instance, cancellationToken);
        if (link.State.Phase != DecoderPhase.Ready)
        {
            throw new InvalidOperationException(link.State.Loss?.Problem.Sentence ?? "the decoder is not ready");
        }

        var bare = new Measured(new BareDecoder(link), [link.State.Hello!.Pid], []);
        using var grpc = new GrpcAsked(site);
        using var http = new HttpAsked(site);
        var figures = new JsonObject
        {
            ["load_average_before"] = LoadAverage(),
            ["cpu_us_per_thread_change"] = Math.Round(ThreadChange.Measure(), 1),
        };
        figures["warm_up_rounds"] = await WarmUpAsync([new Measured(grpc, [], [site.Silo]), new Measured(http, [], [site.Silo])], isTrial, cancellationToken);
        foreach (var (streams, tokens) in Shapes)
        {
            foreach (var door in new IAsked[] { grpc, http })
            {
                var through = new Measured(door, [site.Decoder()], [site.Silo]);
                var figure = await CompareAsync(bare, through, streams, tokens, isTrial ? (1, 2) : (5, 15), cancellationToken);
                figures[$"{door.Name}_{streams}_streams"] = figure;
                await Console.Error.WriteLineAsync($"{door.Name}, {streams} streams: {figure.ToJsonString()}");
            }
        }

        figures["load_average_after"] = LoadAverage();
        return figures;
    }

    public static string LoadAverage() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));

    /// <returns>Rounds that it took.</returns>
    private static async Task<int> WarmUpAsync(Measured[] doors, bool isTrial, CancellationToken cancellationToken)
    {
        var round = 0;
        do
        {
            foreach (var (door, (streams, tokens)) in doors.SelectMany(door => Shapes.Select(shape => (door, shape))))
            {
                await door.RunAsync(streams, tokens, cancellationToken);
            }
        }
        while (++round < (isTrial ? 1 : MostWarmUps) && await doors[0].IdleAsync(cancellationToken) > Warm);

        return round;
    }

    private static async Task<JsonObject> CompareAsync(
        Measured bare, Measured through, int streams, int tokens, (int Whole, int FirstToken) rounds, CancellationToken cancellationToken)
    {
        var (added, silo, bareCost, net) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var idle = await through.IdleAsync(cancellationToken);
        for (var round = -1; round < rounds.Whole; round++)
        {
            var alone = await bare.RunAsync(streams, tokens, cancellationToken);
            var whole = await through.RunAsync(streams, tokens, cancellationToken);
            if (whole.Tokens != alone.Tokens)
            {
                throw new InvalidOperationException($"{whole.Tokens} tokens by {through.Name}, {alone.Tokens} by the bare decoder");
            }

            // The first round warms up.
            if (round >= 0)
            {
                added.Add((whole.Total - alone.Total) / whole.Tokens * 1e6);
                silo.Add((whole.Rest - alone.Rest) / whole.Tokens * 1e6);
                net.Add((whole.Rest - alone.Rest - (idle * whole.Elapsed)) / whole.Tokens * 1e6);
                bareCost.Add(alone.Total / alone.Tokens * 1e6);
            }
        }

        var (first, firstBare) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds.FirstToken; round++)
        {
            firstBare.AddRange((await bare.RunAsync(streams, 2, cancellationToken)).First);
            first.AddRange((await through.RunAsync(streams, 2, cancellationToken)).First);
        }

        return new JsonObject
        {
            ["bare_cpu_us_per_token"] = Math.Round(Median(bareCost)),
            ["added_cpu_us_per_token"] = Math.Round(Median(added), 1),
            ["added_cpu_us_per_token_without_decoders"] = Math.Round(Median(silo), 1),
            ["added_cpu_us_per_token_without_decoders_net_of_idle"] = Math.Round(Median(net), 1),
            ["idle_silo_cpu_percent"] = Math.Round(idle * 100, 2),
            ["bare_first_token_ms"] = Math.Round(Median(firstBare) * 1e3, 2),
            ["added_first_token_ms"] = Math.Round((Median(first) - Median(firstBare)) * 1e3, 2),
        };
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>Somebody to ask, and the processes that work for it beside this one.</summary>
    private sealed class Measured(IAsked asked, int[] decoders, int[] others)
    {
        public string Name => asked.Name;

        /// <summary>What the silo takes of a core while nobody asks: it counts per second, hence more per token on a slow machine.</summary>
        public async Task<double> IdleAsync(CancellationToken cancellationToken)
        {
            var (before, start) = (Cpu(others), Stopwatch.GetTimestamp());
            await Task.Delay(IdleTime, TimeProvider.System, cancellationToken);
            return (Cpu(others) - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        public async Task<Cost> RunAsync(int streams, int tokens, CancellationToken cancellationToken)
        {
            var start = Stopwatch.GetTimestamp();
            var (decoding, rest) = (Cpu(decoders), Cpu([Environment.ProcessId, .. others]));
            var answers = await Task.WhenAll(Enumerable.Range(0, streams)
                .Select(stream => asked.AskAsync($"{stream}. The history of the lighthouse begins", tokens, cancellationToken)));
            rest = Cpu([Environment.ProcessId, .. others]) - rest;
            return new Cost(
                Cpu(decoders) - decoding + rest, rest, answers.Sum(answer => answer.Tokens),
                Stopwatch.GetElapsedTime(start).TotalSeconds, [.. answers.Select(answer => answer.First)]);
        }

        private static double Cpu(int[] pids) => pids.Sum(CpuClock.Seconds);
    }

    /// <param name="Total">CPU seconds of all processes.</param>
    /// <param name="Rest">The same without the decoder.</param>
    /// <param name="Tokens">That came.</param>
    /// <param name="Elapsed">Seconds.</param>
    /// <param name="First">Seconds to the first token, of each stream.</param>
    private sealed record Cost(double Total, double Rest, int Tokens, double Elapsed, double[] First);
}
