using System.Diagnostics;
using System.Text.Json.Nodes;
using Bailiwick.Decoder.Simulation;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Benchmarks.Decode;

/// <summary>
/// What a token costs on its way from a decoder that computes nothing to its consumer: CPU of both processes together, and
/// managed bytes on the link's side. The simulated engine, whose timer wakes it for every step, is measured by itself in this
/// process too: what the frames add is the difference. Medians of five.
/// </summary>
internal static class FrameBenchmark
{
    private const int Rounds = 5;

    /// <summary>As fast as both sides can; eight streams of 100 tokens/s; one stream of 100 tokens/s.</summary>
    private static readonly (string Name, int StepsPerSecond, int Streams, int Tokens)[] Paces =
        [("unpaced_1_stream", 0, 1, 40_000), ("paced_100_8_streams", 100, 8, 200), ("paced_100_1_stream", 100, 1, 200)];

    public static async Task<JsonObject> MeasureAsync(CancellationToken cancellationToken)
    {
        var figures = new JsonObject();
        foreach (var pace in Paces)
        {
            var profile = Path.GetTempFileName();
            await File.WriteAllTextAsync(
                profile,
                $$"""
                {"steps_per_second":{{pace.StepsPerSecond}},"batch":{{pace.Streams}},
                "prefill_tokens_per_second":0,"context_tokens":1000000}
                """,
                cancellationToken);
            figures[pace.Name] = await MeasureAsync(profile, pace.Streams, pace.Tokens, cancellationToken);
            File.Delete(profile);
        }

        return figures;
    }

    private static async Task<JsonObject> MeasureAsync(string profile, int streams, int tokens, CancellationToken cancellationToken)
    {
        var options = new DecoderLinkOptions { Load = new Load(), SimulationProfile = profile, MaxPendingEvents = 1 << 20 };
        await using var link = await DecoderLink.StartAsync(options, TimeProvider.System, NullLogger.Instance, cancellationToken);
        using var child = Process.GetProcessById(link.State.Hello!.Pid);
        var (both, alone, bytes) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = -1; round < Rounds; round++)
        {
            child.Refresh();
            var cpu = Environment.CpuUsage.TotalTime + child.TotalProcessorTime;
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => ConsumeAsync(link, tokens, cancellationToken)));
            child.Refresh();
            var spent = Environment.CpuUsage.TotalTime + child.TotalProcessorTime - cpu;
            var used = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            var engine = await EngineAloneAsync(profile, streams, tokens, cancellationToken);
            if (round >= 0)
            {
                both.Add(spent.TotalMicroseconds / (streams * tokens));
                bytes.Add((double)used / (streams * tokens));
                alone.Add(engine.TotalMicroseconds / (streams * tokens));
            }
        }

        return new JsonObject
        {
            ["cpu_us_per_token"] = Math.Round(Median(both), 1),
            ["of_which_simulated_engine"] = Math.Round(Median(alone), 1),
            ["cpu_us_per_token_added_by_frames"] = Math.Round(Median(both) - Median(alone), 1),
            ["link_allocated_bytes_per_token"] = Math.Round(Median(bytes), 1),
        };
    }

    private static async Task ConsumeAsync(DecoderLink link, int tokens, CancellationToken cancellationToken)
    {
        var seen = 0;
        await foreach (var next in link.RunAsync(Turn(tokens), cancellationToken))
        {
            seen += next.Kind == TurnEventKind.Token ? 1 : 0;
        }

        if (seen != tokens)
        {
            throw new InvalidOperationException($"{seen} of {tokens} tokens came");
        }
    }

    private static async Task<TimeSpan> EngineAloneAsync(string profile, int streams, int tokens, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = streams;
        var (engine, problem) = await SimulatedEngine.LoadAsync(profile, new Load(), TimeProvider.System, frame =>
        {
            if (frame.FrameCase == FromDecoder.FrameOneofCase.Finished && --running == 0)
            {
                done.SetResult();
            }
        }, static () => { });
        using var owned = engine ?? throw new InvalidOperationException(problem!.Sentence);
        var before = Environment.CpuUsage.TotalTime;
        for (var stream = 0; stream < streams; stream++)
        {
            var turn = Turn(tokens);
            turn.Turn = $"turn {stream}";
            owned.Submit(turn);
        }

        await done.Task.WaitAsync(cancellationToken);
        var spent = Environment.CpuUsage.TotalTime - before;
        await owned.StopAsync(TimeSpan.Zero, cancellationToken);
        return spent;
    }

    private static Submit Turn(int tokens) => new() { Text = "prompt", MaxTokens = tokens, IgnoreEos = true };

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
