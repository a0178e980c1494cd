using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Protocol;

public sealed class RestartPolicyTests
{
    private static readonly DecoderLinkOptions Options = new()
    {
        Load = new Load(),
        MaxRestarts = 4,
        RestartDelay = TimeSpan.FromMilliseconds(100),
        MaxRestartDelay = TimeSpan.FromMilliseconds(250),
        RestartWindow = TimeSpan.FromSeconds(60),
    };

    [Fact]
    public void Delay_LossesInARow_DoublesUpToTheCapThenEnds()
    {
        var policy = new RestartPolicy(Options);

        var delays = Enumerable.Range(0, 5).Select(second => policy.NextDelay(TimeSpan.FromSeconds(second))?.TotalMilliseconds);

        Assert.Equal([0, 100, 200, 250, null], delays);
    }

    [Fact]
    public void Delay_LossesFarApart_IsAlwaysNone()
    {
        var policy = new RestartPolicy(Options);

        Assert.All(Enumerable.Range(0, 50), minute => Assert.Equal(TimeSpan.Zero, policy.NextDelay(TimeSpan.FromMinutes(2 * minute))));
    }

    [Fact]
    public void Delay_RestartsForbidden_IsNull() =>
        Assert.Null(new RestartPolicy(new DecoderLinkOptions { Load = new Load(), MaxRestarts = 0 }).NextDelay(TimeSpan.Zero));
}

public sealed class ProgressWatchTests
{
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(5);

    [Fact]
    public void Verdict_WhileLoading_OnlyTheLoadLimitCounts()
    {
        var watch = new ProgressWatch(Load, Hang, TimeSpan.Zero);

        Assert.Null(watch.Verdict(TimeSpan.FromSeconds(60)));
        Assert.Equal(LossKind.LoadTimeout, watch.Verdict(TimeSpan.FromSeconds(61)));
    }

    [Fact]
    public void Verdict_IterationsGrow_IsNull()
    {
        var watch = Ready();
        for (var second = 1; second < 100; second++)
        {
            watch.Heartbeat(second, TimeSpan.FromSeconds(second));
            Assert.Null(watch.Verdict(TimeSpan.FromSeconds(second + 4)));
        }
    }

    [Fact]
    public void Verdict_HeartbeatsWithoutIterations_IsHung()
    {
        var watch = Ready();
        for (var second = 1; second < 7; second++)
        {
            watch.Heartbeat(1, TimeSpan.FromSeconds(second));
        }

        Assert.Equal(LossKind.Hung, watch.Verdict(TimeSpan.FromSeconds(7)));
    }

    [Fact]
    public void Verdict_NoHeartbeatAtAll_IsHung() => Assert.Equal(LossKind.Hung, Ready().Verdict(TimeSpan.FromSeconds(6)));

    private static ProgressWatch Ready()
    {
        var watch = new ProgressWatch(Load, Hang, TimeSpan.Zero);
        watch.Ready(TimeSpan.Zero);
        return watch;
    }
}
