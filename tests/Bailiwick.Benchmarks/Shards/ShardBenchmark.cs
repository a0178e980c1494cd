using System.Diagnostics;
using System.Text.Json.Nodes;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Silo.Shards;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Benchmarks.Shards;

/// <summary>
/// What a token costs from a worker's decoder to the gateway's turn: over two silos, and within one. Compared with a bare link to a
/// decoder of the same kind, in the same process and in turns, so that idle silos and the machine's load are in both. CPU is that of
/// this process and of all decoders. Medians of rounds; compare figures of one run only.
/// </summary>
internal static class ShardBenchmark
{
    private const int Rounds = 5;
    private const int SecondsPerRound = 4;
    private const int MostLost = 20;

    private static readonly (int Streams, int TokensPerSecond)[] Paces = [(1, 40), (1, 100), (8, 40), (8, 100)];

    public static async Task<JsonObject> MeasureAsync(CancellationToken cancellationToken)
    {
        var figures = new JsonObject
        {
            ["rounds"] = Rounds,
            ["processors"] = Environment.ProcessorCount,
            ["load_before"] = Load(),
        };
        foreach (var (streams, rate) in Paces)
        {
            var figure = await MeasureAsync(streams, rate, cancellationToken);
            Console.Error.WriteLine($"{streams} x {rate} tokens/s: {figure.ToJsonString()}");
            figures[$"{streams}_x_{rate}"] = figure;
        }

        figures["load_after"] = Load();
        return figures;
    }

    private static async Task<JsonObject> MeasureAsync(int streams, int rate, CancellationToken cancellationToken)
    {
        var profile = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            profile,
            $$"""{"steps_per_second":{{rate}},"batch":{{streams}},"prefill_tokens_per_second":0,"context_tokens":1000000}""",
            cancellationToken);
        await using var silos = await TwoSilos.StartAsync(profile, cancellationToken);
        await using var link = await DecoderLink.StartAsync(
            new DecoderLinkOptions { Load = new Load(), SimulationProfile = profile }, TimeProvider.System, NullLogger.Instance, cancellationToken);
        int[] decoders = [link.State.Hello!.Pid, silos.Pid(0), silos.Pid(1)];
        var tokens = rate * SecondsPerRound;
        var ways = new (string Name, Func<Submit, Task<int>> Run, List<Cost> Costs)[]
        {
            ("bare_link", turn => ConsumeAsync(link, turn, cancellationToken), []),
            ("other_silo", turn => ConsumeAsync(silos, 1, turn, cancellationToken), []),
            ("same_silo", turn => ConsumeAsync(silos, 0, turn, cancellationToken), []),
        };
        var lost = 0;
        for (var round = -1; round < Rounds; round++)
        {
            foreach (var way in ways)
            {
                Cost? cost;
                while ((cost = await CostAsync(decoders, streams, tokens, way.Run)) is null)
                {
                    // On a busy machine a heartbeat may be missed: that round says nothing of a token's cost.
                    lost = ++lost <= MostLost ? lost : throw new InvalidOperationException($"{lost} rounds were lost.");
                }

                if (round >= 0)
                {
                    way.Costs.Add(cost.Value);
                }
            }
        }

        File.Delete(profile);
        var result = new JsonObject { ["rounds_lost"] = lost };
        var bare = Median(ways[0].Costs);
        result[ways[0].Name] = new JsonObject { ["cpu_us"] = Math.Round(bare.CpuUs, 1), ["bytes"] = Math.Round(bare.Bytes) };
        foreach (var way in ways[1..])
        {
            var cost = Median(way.Costs);
            result[way.Name] = new JsonObject
            {
                ["added_cpu_us"] = Math.Round(cost.CpuUs - bare.CpuUs, 1),
                ["added_bytes"] = Math.Round(cost.Bytes - bare.Bytes),
            };
        }

        return result;
    }

    /// <returns>Null where a turn did not come whole.</returns>
    private static async Task<Cost?> CostAsync(int[] decoders, int streams, int tokens, Func<Submit, Task<int>> run)
    {
        var cpu = Cpu(decoders);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var seen = await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => run(Turn(tokens))));
        var (spent, bytes) = (Cpu(decoders) - cpu, GC.GetTotalAllocatedBytes(precise: true) - allocated);
        return seen.All(count => count == tokens)
            ? new Cost(spent.TotalMicroseconds / (streams * tokens), (double)bytes / (streams * tokens))
            : null;
    }

    private static async Task<int> ConsumeAsync(DecoderLink link, Submit turn, CancellationToken cancellationToken)
    {
        var seen = 0;
        await foreach (var next in link.RunAsync(turn, cancellationToken))
        {
            seen += next.Kind == TurnEventKind.Token ? 1 : 0;
        }

        return seen;
    }

    private static async Task<int> ConsumeAsync(TwoSilos silos, int silo, Submit turn, CancellationToken cancellationToken)
    {
        var seen = 0;
        await foreach (var frame in silos.Gateway.RunAsync(silos.Admit(turn), silos.Replica(silo), "turn", [], cancellationToken))
        {
            seen += frame.Tokens.Count;
        }

        return seen;
    }

    private static TimeSpan Cpu(int[] decoders) =>
        decoders.Aggregate(Environment.CpuUsage.TotalTime, (sum, pid) =>
        {
            using var decoder = Process.GetProcessById(pid);
            return sum + decoder.TotalProcessorTime;
        });

    private static Submit Turn(int tokens) => new() { Text = "prompt", MaxTokens = tokens, IgnoreEos = true };

    private static string Load() => File.ReadAllText("/proc/loadavg").Trim();

    private static Cost Median(List<Cost> costs) =>
        new(costs.Select(cost => cost.CpuUs).Order().ElementAt(costs.Count / 2), costs.Select(cost => cost.Bytes).Order().ElementAt(costs.Count / 2));

    private readonly record struct Cost(double CpuUs, double Bytes);
}
