using Bailiwick.Silo.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo;

/// <summary>Periodic timers of a silo fire together, on one timer of the runtime's.</summary>
public sealed class SiloTimeTests
{
    private readonly CountingTime _timers = new();
    private readonly SiloTime _time;
    private readonly List<string> _fired = [];

    public SiloTimeTests() => _time = new SiloTime(_timers);

    [Fact]
    public void Timers_OfSmallMultiplesOfTheBeat_FireOnOneTimerAndInPhase()
    {
        using var quick = Every(125, "125");
        using var half = Every(500, "500");
        _timers.Advance(TimeSpan.FromMilliseconds(60));
        using var late = Every(250, "250");

        var beats = Enumerable.Range(0, 4).Select(_ => Pass(125)).ToArray();

        Assert.Equal(["125", "125,250", "125", "125,500,250"], beats);
        Assert.Equal(1, _timers.Created);
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(125, 250)]
    [InlineData(125, -1)]
    [InlineData(-1, -1)]
    [InlineData(10_000, 10_000)]
    public void Timers_OfAnyOtherKind_AreTheirOwn(int due, int period)
    {
        using var timer = _time.CreateTimer(_ => _fired.Add("own"), null, TimeSpan.FromMilliseconds(due), TimeSpan.FromMilliseconds(period));

        Assert.Equal(1, _timers.Created);
        Assert.Equal("", Pass(due - 1));
        Assert.Equal(due < 0 ? "" : "own", Pass(1));
    }

    [Fact]
    public void Timer_Disposed_FiresNoMoreAndTheOthersDo()
    {
        var left = Every(125, "left");
        using var stays = Every(125, "stays");
        left.Dispose();

        Assert.Equal("stays", Pass(125));
    }

    [Fact]
    public void Timer_Changed_FiresAsItWasChanged()
    {
        using var changed = Every(125, "changed");

        Assert.True(changed.Change(TimeSpan.FromMilliseconds(10), Timeout.InfiniteTimeSpan));

        Assert.Equal("changed", Pass(10));
        Assert.Equal("", Pass(125));
    }

    [Fact]
    public void Timer_LeavesInItsOwnCallback_IsGone()
    {
        ITimer? once = null;
        once = _time.CreateTimer(_ => { _fired.Add("once"); once!.Dispose(); }, null, SiloTime.Beat, SiloTime.Beat);

        Assert.Equal("once", Pass(125));
        Assert.Equal("", Pass(125));
    }

    [Fact]
    public async Task PeriodicTimer_OfThisTime_Ticks()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), _time);
        var tick = timer.WaitForNextTickAsync();
        Pass(125);
        Assert.False(tick.IsCompleted);
        Pass(125);
        Assert.True(await tick);
    }

    private ITimer Every(int period, string name) =>
        _time.CreateTimer(_ => _fired.Add(name), null, TimeSpan.FromMilliseconds(period), TimeSpan.FromMilliseconds(period));

    /// <summary>What fires in the meantime.</summary>
    private string Pass(int milliseconds)
    {
        _fired.Clear();
        _timers.Advance(TimeSpan.FromMilliseconds(Math.Max(0, milliseconds)));
        return string.Join(',', _fired);
    }

    private sealed class CountingTime : FakeTimeProvider
    {
        public int Created { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Created++;
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
