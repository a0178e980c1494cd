using Bailiwick.Silo.Shards;

namespace Bailiwick.Tests.Silo;

public sealed class WaitEstimateTests
{
    [Theory]
    // waiting, active, free blocks -> expected wait in ms, after turns of 4 s and 10 blocks
    [InlineData(0, 0, 100, 0)]
    [InlineData(0, 3, 10, 0)]
    [InlineData(0, 4, 9, 1000)]
    [InlineData(0, 64, 100, 62)]
    [InlineData(1, 4, 0, 2000)]
    [InlineData(7, 2, 0, 16000)]
    [InlineData(3, 0, 0, 16000)]
    [InlineData(7, 0, 100, 0)] // a burst at an idle replica: all begin
    [InlineData(12, 0, 100, 1200)]
    public void Expected_AfterTurnsOfFourSeconds_IsTheQueueOverTheRate(int waiting, int active, int free, int expectedMs) =>
        Assert.Equal(expectedMs, (int)Served(4, 10).Expected(new ReplicaLoad(waiting, active, free, 64)).TotalMilliseconds);

    [Fact]
    public void Expected_NothingMeasured_IsZero() => Assert.Equal(TimeSpan.Zero, new WaitEstimate().Expected(new ReplicaLoad(200, 8, 0, 64)));

    [Theory]
    [InlineData(0, 8, 100, null)]
    [InlineData(9, 0, 100, null)] // 40 s one after the other, but they begin together
    [InlineData(14, 2, 0, null)] // 15 x 4 s / 2 = 30 s
    [InlineData(15, 2, 0, 2.0)] // 32 s
    [InlineData(99, 2, 0, 170.0)]
    [InlineData(256, 64, 0, 1.0)] // 16 s, but the queue is full
    public void Refuse_ByWaitAndLength_SaysWhenToComeBack(int waiting, int active, int free, double? seconds) =>
        Assert.Equal(seconds, Served(4, 10).Refuse(new ReplicaLoad(waiting, active, free, 64))?.TotalSeconds);

    [Fact]
    public void Refuse_FullQueueWithoutMeasurement_IsStillRefused() =>
        Assert.Equal(TimeSpan.FromSeconds(1), new WaitEstimate().Refuse(new ReplicaLoad(256, 8, 0, 64)));

    [Fact]
    public void Served_LoadChanges_IsFollowedWithinTenTurns()
    {
        var estimate = Served(4, 10);
        for (var i = 0; i < 10; i++)
        {
            estimate.Served(TimeSpan.FromSeconds(1), 10);
        }

        Assert.InRange(estimate.Expected(new ReplicaLoad(Waiting: 0, Active: 1, KvBlocksFree: 0, MostActive: 1)).TotalSeconds, 1, 1.4);
    }

    private static WaitEstimate Served(double seconds, int blocks)
    {
        var estimate = new WaitEstimate();
        estimate.Served(TimeSpan.FromSeconds(seconds), blocks);
        return estimate;
    }
}
