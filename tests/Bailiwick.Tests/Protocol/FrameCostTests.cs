using Bailiwick.Decoder.Simulation;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Protocol;

/// <summary>
/// What the frames cost: the same simulated engine once in this process and once behind the link. The difference is
/// serialising, pipe, framing, link and consumer. Paced, each token is a flush and three wake-ups, which a virtual machine
/// bills as it likes: that figure is printed, with BAILIWICK_FULL=1. Unpaced, the wake-ups are shared: that figure is held to the budget.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class FrameCostTests(ITestOutputHelper output)
{
    private const double MostCpuUs = 60;
    private const double MostBytes = 200;

    [Fact]
    public async Task Frames_PerTokenAfterWarmUp_StayWithinTheBudget()
    {
        if (Environment.GetEnvironmentVariable("BAILIWICK_FULL") == "1")
        {
            await MeasureAsync(perSecond: 400, tokens: 1600);
        }

        var (cpu, bytes) = await MeasureAsync(perSecond: 0, tokens: 40_000);

        Assert.InRange(cpu, double.MinValue, MostCpuUs);
        Assert.InRange(bytes, double.MinValue, MostBytes);
    }

    private async Task<(double AddedCpuUs, double AddedBytes)> MeasureAsync(int perSecond, int tokens)
    {
        var profile = LinkUnderTest.Profile($$"""{"steps_per_second":{{perSecond}},"prefill_tokens_per_second":0,"context_tokens":1000000}""");
        var inProcess = await InProcessAsync(profile, tokens);
        var (decoder, link) = await ThroughTheLinkAsync(profile, tokens);
        var cpu = decoder.CpuUs + link.CpuUs - inProcess.CpuUs;
        var bytes = decoder.Bytes + link.Bytes - inProcess.Bytes;
        output.WriteLine($"{(perSecond > 0 ? $"{perSecond} tokens/s" : "unpaced")}: engine in process {inProcess}; behind frames: decoder {decoder}, link {link}");
        output.WriteLine($"  added per token: {cpu:0.0} us CPU, {bytes:0} bytes managed allocation");
        return (cpu, bytes);
    }

    private static async Task<Cost> InProcessAsync(string profile, int tokens)
    {
        var done = new TaskCompletionSource<Cost>();
        var seen = 0;
        Sample from = default;
        var (engine, _) = await SimulatedEngine.LoadAsync(profile, new Load(), TimeProvider.System, frame =>
        {
            if (frame.FrameCase == FromDecoder.FrameOneofCase.Tokens && ++seen == tokens)
            {
                from = Sample.Now();
            }
            else if (frame.FrameCase == FromDecoder.FrameOneofCase.Finished)
            {
                done.SetResult(Sample.Now().Since(from, tokens));
            }
        }, static () => { });
        using var owned = engine!;
        owned.Submit(Turn(tokens));
        return await done.Task.WaitAsync(LinkUnderTest.Wait);
    }

    // A whole turn warms up, the second is measured.
    private static async Task<(Cost Decoder, Cost Link)> ThroughTheLinkAsync(string profile, int tokens)
    {
        var options = new DecoderLinkOptions
        {
            Executable = LinkUnderTest.Executable,
            Load = new Load { HeartbeatMs = 100 },
            SimulationProfile = profile,
            MaxPendingEvents = 1 << 20,
        };
        await using var link = await LinkUnderTest.StartAsync(options);
        var warm = await RunAsync(link, tokens);
        var (from, beat) = (Sample.Now(), warm);
        var end = await RunAsync(link, tokens);
        var spent = Sample.Now().Since(from, 2 * tokens);
        return (new Cost((end.CpuUs - beat.CpuUs) / (2.0 * tokens), (end.AllocatedBytes - beat.AllocatedBytes) / (2.0 * tokens)), spent);
    }

    private static async Task<Heartbeat> RunAsync(DecoderLink link, int tokens)
    {
        var before = link.LatestHeartbeat?.Tokens ?? 0;
        var seen = 0;
        await foreach (var next in link.RunAsync(Turn(tokens), CancellationToken.None))
        {
            seen += next.Kind == TurnEventKind.Token ? 1 : 0;
        }

        Assert.Equal(2 * tokens, seen);
        await LinkUnderTest.UntilAsync(() => link.LatestHeartbeat?.Tokens >= before + seen, "heartbeat after the turn", () => $"{link.LatestHeartbeat}");
        return link.LatestHeartbeat!;
    }

    private static Submit Turn(int tokens) => new() { Text = "prompt", MaxTokens = 2 * tokens };

    private readonly record struct Cost(double CpuUs, double Bytes)
    {
        public override string ToString() => $"{CpuUs:0.0} us, {Bytes:0} bytes";
    }

    private readonly record struct Sample(TimeSpan Cpu, long Bytes)
    {
        public static Sample Now() => new(Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());

        public Cost Since(Sample from, int tokens) => new((Cpu - from.Cpu).TotalMicroseconds / tokens, (double)(Bytes - from.Bytes) / tokens);
    }
}

/// <summary>Runs while no other test does: what it measures is the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
