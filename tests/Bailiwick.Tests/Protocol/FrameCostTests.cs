using System.Diagnostics;
using Bailiwick.Decoder.Simulation;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Protocol;

/// <summary>
/// What the frames cost: a simulated decoder paced at 400 tokens a second, once in this process and once behind the link,
/// so that every token is a flush and a wake-up. The difference is pipe, framing, link and consumer.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class FrameCostTests(ITestOutputHelper output)
{
    private const int Warm = 400;
    private const int Measured = 1600;
    private const double MostCpuUs = 60;
    private const double MostBytes = 200;
    private const string Profile = """{"steps_per_second":400,"prefill_tokens_per_second":0}""";

    [Fact]
    public async Task Frames_PerTokenAfterWarmUp_StayWithinTheBudget()
    {
        var inProcess = await InProcessAsync();
        var (cpu, decoderBytes, linkBytes) = await ThroughTheLinkAsync();

        output.WriteLine($"CPU per token: in process {inProcess:0.0} us, through frames {cpu:0.0} us, added {cpu - inProcess:0.0} us");
        output.WriteLine($"managed allocation per token: decoder {decoderBytes:0} bytes, link {linkBytes:0} bytes");
        Assert.InRange(cpu - inProcess, double.MinValue, MostCpuUs);
        Assert.InRange(decoderBytes + linkBytes, 0, MostBytes);
    }

    private static async Task<double> InProcessAsync()
    {
        var done = new TaskCompletionSource();
        var tokens = 0;
        var from = TimeSpan.Zero;
        using var engine = await SimulatedEngine.LoadAsync(SimulationProfile.Read(LinkUnderTest.Profile(Profile)), new Load(), TimeProvider.System, frame =>
        {
            if (frame.FrameCase == FromDecoder.FrameOneofCase.Tokens && ++tokens == Warm)
            {
                from = Environment.CpuUsage.TotalTime;
            }
            else if (frame.FrameCase == FromDecoder.FrameOneofCase.Finished)
            {
                done.SetResult();
            }
        });
        engine.Submit(Turn());
        await done.Task.WaitAsync(LinkUnderTest.Wait);
        return (Environment.CpuUsage.TotalTime - from).TotalMicroseconds / Measured;
    }

    private static async Task<(double Cpu, double DecoderBytes, double LinkBytes)> ThroughTheLinkAsync()
    {
        var options = LinkUnderTest.Simulated(Profile);
        options.Load.HeartbeatMs = 100;
        await using var link = await LinkUnderTest.StartAsync(options);
        (TimeSpan Cpu, long Bytes, Heartbeat Beat) from = (TimeSpan.Zero, 0, new Heartbeat());
        var tokens = 0;
        await foreach (var next in link.RunAsync(Turn(), CancellationToken.None))
        {
            if (next.Kind == TurnEventKind.Token && ++tokens == Warm)
            {
                from = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), link.LatestHeartbeat!);
            }
        }

        var cpu = Environment.CpuUsage.TotalTime - from.Cpu;
        var bytes = GC.GetTotalAllocatedBytes() - from.Bytes;
        await LinkUnderTest.UntilAsync(() => link.LatestHeartbeat!.Tokens == Warm + Measured, "last heartbeat", () => $"{link.LatestHeartbeat}");
        var to = link.LatestHeartbeat!;
        double decoded = to.Tokens - from.Beat.Tokens;
        return ((cpu.TotalMicroseconds / Measured) + ((to.CpuUs - from.Beat.CpuUs) / decoded), (to.AllocatedBytes - from.Beat.AllocatedBytes) / decoded, (double)bytes / Measured);
    }

    private static Submit Turn() => new() { Text = "prompt", MaxTokens = Warm + Measured };
}

/// <summary>Runs while no other test does: what it measures is the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
