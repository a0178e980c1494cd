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
    public void Timer_DisposedByAnotherInTheSameBeat_FiresNoMore()
    {
        ITimer? later = null;
        using var first = _time.CreateTimer(_ => { _fired.Add("first"); later!.Dispose(); }, null, SiloTime.Beat, SiloTime.Beat);
        later = Every(125, "later");

        Assert.Equal("first", Pass(125));
        Assert.Equal("first", Pass(125));
    }

    [Fact]
    public void Timer_MadeInABeat_FiresFromTheNextOneOn()
    {
        ITimer? made = null;
        using var first = _time.CreateTimer(_ => made ??= Every(125, "made"), null, SiloTime.Beat, SiloTime.Beat);

        Assert.Equal("", Pass(125));
        Assert.Equal("made", Pass(125));
        made!.Dispose();
    }

    [Fact]
    public void Timer_ChangedOnceItIsDisposed_StaysSo()
    {
        var own = Every(125, "own");
        own.Change(TimeSpan.FromMilliseconds(10), Timeout.InfiniteTimeSpan);
        var never = Every(125, "never");
        own.Dispose();
        never.Dispose();

        Assert.False(own.Change(TimeSpan.FromMilliseconds(10), Timeout.InfiniteTimeSpan));
        Assert.False(never.Change(TimeSpan.FromMilliseconds(10), Timeout.InfiniteTimeSpan));
        Assert.Equal("", Pass(125));
    }

    [Fact]
    public async Task Timers_BesideOneThatTakesLongerThanABeat_MissNone()
    {
        var crank = new Crank();
        var time = new SiloTime(crank);
        using var slow = new SlowCallback();
        var (before, behind) = (0, 0);
        using var ahead = time.CreateTimer(_ => Interlocked.Increment(ref before), null, SiloTime.Beat, SiloTime.Beat);
        using var lasting = time.CreateTimer(_ => slow.Run(), null, SiloTime.Beat, SiloTime.Beat);
        using var after = time.CreateTimer(_ => Interlocked.Increment(ref behind), null, SiloTime.Beat, SiloTime.Beat);

        var beat = Task.Run(crank.Turn);
        slow.HasBegun();
        crank.Turn();
        crank.Turn();
        Assert.Equal((3, 1, 2), (before, slow.Times, behind));
        slow.End();
        await beat.WaitAsync(SlowCallback.Limit);
        Assert.Equal((3, 1, 3), (before, slow.Times, behind));

        crank.Turn();
        Assert.Equal((4, 2, 4), (before, slow.Times, behind));
    }

    [Fact]
    public async Task Timer_DisposedWhileItFires_FiresNoMore()
    {
        var crank = new Crank();
        using var slow = new SlowCallback();
        var timer = new SiloTime(crank).CreateTimer(_ => slow.Run(), null, SiloTime.Beat, SiloTime.Beat);
        var beat = Task.Run(crank.Turn);
        slow.HasBegun();

        timer.Dispose();

        slow.End();
        await beat.WaitAsync(SlowCallback.Limit);
        crank.Turn();
        Assert.Equal(1, slow.Times);
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

    /// <summary>A runtime whose one timer fires when it is told to, on whichever thread: beats can overlap.</summary>
    private sealed class Crank : TimeProvider
    {
        private Action _turn = static () => { };

        public void Turn() => _turn();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _turn = () => callback(state);
            return System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends its first run when it is told to, and any later one at once.</summary>
    private sealed class SlowCallback : IDisposable
    {
        public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

        private readonly ManualResetEventSlim _begun = new();
        private readonly ManualResetEventSlim _ending = new();

        public int Times { get; private set; }

        public void Run()
        {
            Times++;
            _begun.Set();
            Assert.True(_ending.Wait(Limit), "phase callback: nobody ended it");
        }

        public void HasBegun() => Assert.True(_begun.Wait(Limit), "phase beat: the callback has not begun");

        public void End() => _ending.Set();

        public void Dispose()
        {
            _begun.Dispose();
            _ending.Dispose();
        }
    }
}
