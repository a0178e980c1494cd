using Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

[Collection(EngineTests.Name)]
public sealed class SchedulingTests(EngineFixture fixture)
{
    [Fact]
    public async Task KvBlocks_After200TurnsHalfCancelled_AreAllFree()
    {
        const int turns = 200;
        var load = fixture.Load();
        load.KvBlocks = 24;
        load.MaxActiveTurns = 8;
        using var host = new EngineHost(load);
        var random = new Random(200);
        var logs = Enumerable.Range(0, turns).Select(number =>
        {
            var submit = EngineFixture.Turn(fixture.ShortPrompt, random.Next(1, 9));
            submit.Turn = "turn " + number;
            var cancelAt = number % 2 == 0 ? random.Next(0, 6) : int.MaxValue;
            var log = host.Submit(submit, turn =>
            {
                if (turn.Tokens.Count == cancelAt)
                {
                    host.Engine.Cancel(submit.Turn);
                }
            });
            if (cancelAt == 0)
            {
                host.Engine.Cancel(submit.Turn);
            }

            return (Log: log, submit.Turn);
        }).ToArray();
        foreach (var (log, turn) in logs)
        {
            var finished = await host.EndAsync(log, turn);
            Assert.True(finished.Reason is Finished.Types.Reason.Length or Finished.Types.Reason.Cancelled, finished.Reason.ToString());
        }

        Assert.Contains(logs, static entry => entry.Log.Finished.Reason == Finished.Types.Reason.Cancelled);
        await host.Engine.StopAsync(TimeSpan.Zero, CancellationToken.None);
        var state = host.Engine.Snapshot();
        Assert.Equal((24, 0, 0), (state.KvBlocksFree, state.Active, state.Waiting));
    }

    [Fact]
    public async Task KvBlocks_TooFewForAll_LetsTurnsWaitInOrder()
    {
        var load = fixture.Load();
        load.KvBlocks = 2;
        using var host = new EngineHost(load);
        var logs = await host.RunAllAsync(Enumerable.Range(0, 4).Select(_ => EngineFixture.Turn(fixture.ShortPrompt, 12)));
        Assert.All(logs, static log => Assert.Equal(2, log.Started!.KvBlocks));
        var waits = logs.Select(static log => log.Finished.Timings.QueueUs).ToArray();
        Assert.Equal(waits.Order(), waits);
        Assert.All(logs[1..], static log => Assert.True(log.Finished.Timings.QueueUs >= 12_000, "a later turn did not wait for blocks"));
    }

    [Fact]
    public async Task LongPrompt_BesideARunningTurn_DoesNotHoldItUp()
    {
        var load = fixture.Load();
        load.PrefillChunkTokens = 256;
        using var host = new EngineHost(load);
        var running = EngineFixture.Turn(fixture.ShortPrompt, 60);
        running.IgnoreEos = true;
        TurnLog? late = null;
        var before = 0;
        var log = await host.RunAsync(running, turn =>
        {
            if (turn.Tokens.Count == 5)
            {
                late = host.Submit(EngineFixture.Turn(fixture.LongPrompt, 1));
            }

            before += late is { Tokens.Count: 0 } ? 1 : 0;
        });

        // 970 tokens in pieces of 64: sixteen passes, a token of the running turn in each.
        Assert.Equal(60, log.Tokens.Count);
        Assert.InRange(before, 16, 18);
        await host.EndAsync(late!, "the long prompt");
    }

    [Fact]
    public async Task Snapshot_OfAnIdleEngine_KeepsCountingIterations()
    {
        var load = fixture.Load();
        load.HeartbeatMs = 10;
        using var host = new EngineHost(load);
        var first = host.Engine.Snapshot().Iterations;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (host.Engine.Snapshot().Iterations < first + 3)
        {
            Assert.True(await timer.WaitForNextTickAsync(patience.Token), "the idle loop made no three passes in a minute");
        }
    }

    [Fact]
    public async Task StopAsync_WithGrace_LetsRunningTurnsEndAndRefusesOthers()
    {
        var load = fixture.Load();
        load.MaxActiveTurns = 1;
        using var host = new EngineHost(load);
        TurnLog? late = null;
        Task? stopped = null;
        var waiting = EngineFixture.Turn(fixture.ShortPrompt, 5);
        TurnLog? queued = null;
        var log = await host.RunAsync(EngineFixture.Turn(fixture.ShortPrompt, 30), turn =>
        {
            if (turn.Tokens.Count == 2)
            {
                queued = host.Submit(waiting);
                stopped = host.Engine.StopAsync(TimeSpan.FromMinutes(5), CancellationToken.None);
                late = host.Submit(EngineFixture.Turn(fixture.ShortPrompt, 5));
            }
        });
        await stopped!;
        Assert.Equal((Finished.Types.Reason.Length, 30), (log.Finished.Reason, log.Tokens.Count));
        Assert.Equal("draining", queued!.Finished.Problem.Code);
        Assert.Equal("draining", late!.Finished.Problem.Code);
        Assert.Throws<ObjectDisposedException>(() => host.Engine.Cancel("any"));
    }

    [Fact]
    public async Task StopAsync_GraceOver_CancelsWhatRuns()
    {
        using var host = new EngineHost(fixture.Load());
        Task? stopped = null;
        var log = await host.RunAsync(EngineFixture.Turn(fixture.ShortPrompt, 200), turn =>
        {
            if (turn.Tokens.Count == 2)
            {
                stopped = host.Engine.StopAsync(TimeSpan.Zero, CancellationToken.None);
            }
        });
        await stopped!;
        Assert.Equal((Finished.Types.Reason.Cancelled, 2), (log.Finished.Reason, log.Tokens.Count));
    }
}
