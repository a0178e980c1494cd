using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Audit;

/// <summary>How many records a second group commit takes on this machine, and how long one waits. Says it; sets no limit.</summary>
[Collection(AuditCollection.Name)]
[Trait("Category", "Measure")]
public sealed class IntakeSpeedTests(AuditSite audit, ITestOutputHelper output)
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(64, 20_000)]
    public async Task Writers_AtOnce_AreMeasured(int writers, int records)
    {
        var folder = await audit.BeginAsync();
        var intake = await audit.StartIntakeAsync(folder);
        var sequencer = audit.Sequencer(folder);
        await sequencer.StartAsync(Never);
        var times = new double[records];
        await WriteAsync(writers, writers * 10);
        var watch = Stopwatch.StartNew();
        await WriteAsync(writers, records);
        var seconds = watch.Elapsed.TotalSeconds;
        var lag = sequencer.LagRecords;
        await intake.StopAsync(Never);
        await sequencer.StopAsync(Never);

        Array.Sort(times);
        var commits = await audit.AskAsync<long>("SELECT count(DISTINCT xid) FROM records");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{writers} writers: {records / seconds:N0} leaves/s, wait p50 {times[records / 2]:N2} ms, p95 {times[records * 95 / 100]:N2} ms, p99 {times[records * 99 / 100]:N2} ms, {commits} commits, sequencer behind by {lag}"));

        Task WriteAsync(int tasks, int count) => Task.WhenAll(Enumerable.Range(0, tasks).Select(writer => Task.Run(async () =>
        {
            for (var turn = writer; turn < count; turn += tasks)
            {
                var begin = Stopwatch.GetTimestamp();
                Assert.NotNull(await intake.WriteAsync(origin => Leaves.Intent(origin, $"t-{turn}"), Never));
                times[turn] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            }
        })));
    }
}
