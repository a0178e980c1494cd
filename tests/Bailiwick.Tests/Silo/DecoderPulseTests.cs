using Bailiwick.Silo.Shards;

namespace Bailiwick.Tests.Silo;

public sealed class DecoderPulseTests
{
    private readonly DecoderPulse _pulse = new();
    private readonly object _ready = new();

    [Fact]
    public void Look_HeartbeatsInTime_IsNotSilent()
    {
        for (var now = 0; now < 10_000; now += 250)
        {
            Assert.False(_pulse.Look(_ready, new object(), now));
            Assert.False(_pulse.IsSilent);
        }
    }

    [Fact]
    public void Look_NoHeartbeatForLongerThanTheLimit_IsSilentUntilTheNextOne()
    {
        var beat = new object();
        _pulse.Look(_ready, beat, 0);

        Assert.False(_pulse.Look(_ready, beat, 750));
        Assert.True(_pulse.Look(_ready, beat, 751));
        Assert.True(_pulse.IsSilent);
        Assert.False(_pulse.Look(_ready, beat, 1000));
        Assert.True(_pulse.Look(_ready, new object(), 1125));
        Assert.False(_pulse.IsSilent);
    }

    [Fact]
    public void Look_ADecoderThatLoads_IsNotSilentHoweverLongItTakes()
    {
        var beat = new object();
        _pulse.Look(_ready, beat, 0);
        _pulse.Look(null, beat, 5000);
        Assert.False(_pulse.IsSilent);

        // Another one is ready; its first heartbeat is still to come.
        _pulse.Look(new object(), beat, 60_000);
        Assert.False(_pulse.IsSilent);
    }
}
