using Bailiwick.Decoder.Loop;
using Bailiwick.Protocol.Decoder.V1;
using Reason = Bailiwick.Protocol.Decoder.V1.Finished.Types.Reason;

namespace Bailiwick.Tests.Decoder.Loop;

/// <summary>The owner loop under floods, bugs and half-done loads, over a model that can be told to fail.</summary>
public sealed class LoopRobustnessTests
{
    [Theory]
    [InlineData(ScriptedModel.BugInPrefill)]
    [InlineData(ScriptedModel.BugInText - 1)]
    public async Task Turn_ThatMeetsABug_EndsWithInternalAndTheOthersGoOn(int token)
    {
        var model = new ScriptedModel();
        using var host = new EngineHost(() => model.Load());
        var healthy = host.Submit(Turn(1000, 5, 6));

        var broken = await host.RunAsync(Turn(50, 5, token));

        Assert.Equal((Reason.Error, "internal"), (broken.Finished.Reason, broken.Finished.Problem.Code));
        Assert.DoesNotContain(ScriptedModel.Secret, broken.Finished.Problem.Sentence, StringComparison.Ordinal);
        Assert.Equal("", broken.Finished.Tail);
        Assert.Empty(broken.Tokens);
        await host.EndAsync(healthy, "the healthy turn");
        Assert.Equal((Reason.Length, 1000), (healthy.Finished.Reason, healthy.Tokens.Count));
        Assert.Equal(Reason.Length, (await host.RunAsync(Turn(3, 5, 6))).Finished.Reason);
        await host.Engine.StopAsync(TimeSpan.Zero, CancellationToken.None);
        var state = host.Engine.Snapshot();
        Assert.Equal((host.Engine.Ready.KvBlocks, 0), (state.KvBlocksFree, state.Active));
    }

    [Fact]
    public async Task Step_WithABug_EndsItsTurnsAndTheLoopGoesOn()
    {
        var model = new ScriptedModel();
        using var host = new EngineHost(() => model.Load());
        var steps = 0;
        model.BeforeStep = () =>
        {
            if (++steps == 5)
            {
                throw new InvalidOperationException(ScriptedModel.Secret);
            }
        };

        var broken = await host.RunAsync(Turn(50, 5, 6));
        var next = await host.RunAsync(Turn(10, 5, 6));

        Assert.Equal((Reason.Error, "internal", 5), (broken.Finished.Reason, broken.Finished.Problem.Code, broken.Tokens.Count));
        Assert.Equal(Reason.Length, next.Finished.Reason);
    }

    [Fact]
    public async Task Requests_ThatMeetABugInTheText_AreAnsweredWithInternal()
    {
        using var host = new EngineHost(() => new ScriptedModel().Load());

        var turn = await host.RunAsync(new Submit { Text = ScriptedModel.Secret, MaxTokens = 1 });
        var reply = await host.CallAsync(new TextCall { CountText = ScriptedModel.Secret });
        var healthy = await host.CallAsync(new TextCall { CountText = "abc" });

        Assert.Equal((Reason.Refused, "internal"), (turn.Finished.Reason, turn.Finished.Problem.Code));
        Assert.Equal("internal", reply.Problem.Code);
        Assert.DoesNotContain(ScriptedModel.Secret, reply.Problem.Sentence, StringComparison.Ordinal);
        Assert.Equal(3, healthy.Count);
    }

    [Fact]
    public async Task Turn_WhoseRowFails_EndsWithTheFailure()
    {
        using var host = new EngineHost(() => new ScriptedModel().Load());

        var failed = await host.RunAsync(Turn(5, ScriptedModel.FailureInPrefill, 6));

        Assert.Equal((Reason.Error, "failed."), (failed.Finished.Reason, failed.Finished.Problem.Sentence));
    }

    [Fact]
    public async Task Turn_ThatFindsNoRoomOrABugInOpening_EndsAndGivesItsBlocksBack()
    {
        var model = new ScriptedModel();
        using var host = new EngineHost(() => model.Load(kvBlocks: 2));

        model.OnOpen = static () => "no room";
        var refused = await host.RunAsync(Turn(20, 5, 6));
        model.OnOpen = static () => throw new InvalidOperationException(ScriptedModel.Secret);
        var broken = await host.RunAsync(Turn(20, 5, 6));
        model.OnOpen = null;
        var healthy = await host.RunAsync(Turn(20, 5, 6));

        Assert.Equal((Reason.Error, "no room."), (refused.Finished.Reason, refused.Finished.Problem.Sentence));
        Assert.Equal((Reason.Error, "internal"), (broken.Finished.Reason, broken.Finished.Problem.Code));
        Assert.DoesNotContain(ScriptedModel.Secret, broken.Finished.Problem.Sentence, StringComparison.Ordinal);
        Assert.Equal(Reason.Length, healthy.Finished.Reason);
    }

    [Fact]
    public async Task Flood_OfCallsAndTurns_DelaysARunningTurnByABoundedNumberBetweenTwoTokens()
    {
        const int flood = 500;
        var answered = 0;
        var seenAtToken = new List<int>();
        TurnLog? running = null;
        var flooded = false;
        using var host = new EngineHost(() => new ScriptedModel().Load(maxActive: 1));
        var done = new TaskCompletionSource();
        host.OnFrame = frame =>
        {
            answered += frame.FrameCase == FromDecoder.FrameOneofCase.Text ? 1 : 0;
            if (answered == flood)
            {
                done.TrySetResult();
            }
        };

        var log = await host.RunAsync(Turn(400, 5, 6), turn =>
        {
            running ??= turn;
            if (turn.Tokens.Count == 10)
            {
                // On the owner thread, so that all of it waits before the next pass.
                flooded = true;
                for (var call = 0; call < flood; call++)
                {
                    host.Engine.Call(new TextCall { Call = -call, CountText = "abc" });
                }
            }

            if (flooded)
            {
                seenAtToken.Add(answered);
            }
        });

        await done.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(Reason.Length, log.Finished.Reason);
        var between = seenAtToken.Zip(seenAtToken.Skip(1), static (earlier, later) => later - earlier).ToArray();
        Assert.Equal(OwnerLoop.MostRequestsPerPass, between.Max());
        Assert.Equal(flood, seenAtToken[^1]);
    }

    [Fact]
    public async Task Cancel_BehindAFlood_EndsTheTurnWithinAStep()
    {
        using var host = new EngineHost(() => new ScriptedModel().Load());
        host.OnFrame = static _ => { };

        var submit = Turn(100_000, 5, 6);
        submit.Turn = "cancelled";
        var log = await host.RunAsync(submit, turn =>
        {
            if (turn.Tokens.Count == 10)
            {
                for (var call = 0; call < 500; call++)
                {
                    host.Engine.Call(new TextCall { Call = -call, CountText = "abc" });
                }

                host.Engine.Cancel("cancelled");
            }
        });

        Assert.Equal((Reason.Cancelled, 10), (log.Finished.Reason, log.Tokens.Count));
    }

    [Fact]
    public async Task Cancel_OfATurnThatStillWaitsInTheQueue_EndsItUnbegun()
    {
        using var host = new EngineHost(() => new ScriptedModel().Load());
        var late = Turn(100_000, 5, 6);
        late.Turn = "late";
        TurnLog? queued = null;

        await host.RunAsync(Turn(20, 5, 6), turn =>
        {
            if (turn.Tokens.Count == 10)
            {
                queued = host.Submit(late);
                host.Engine.Cancel("late");
            }
        });

        await host.EndAsync(queued!, "late");
        Assert.Equal((Reason.Cancelled, 0), (queued!.Finished.Reason, queued.Tokens.Count));
        Assert.Null(queued.Started);
    }

    [Fact]
    public async Task Submit_BeyondTheLongestQueue_IsRefusedWithTheRowOf429()
    {
        using var host = new EngineHost(() => new ScriptedModel().Load(maxActive: 1));
        var first = Turn(1_000_000, 5, 6);
        first.Turn = "first";
        var running = host.Submit(first);
        var waiting = Enumerable.Range(0, 1024).Select(_ => host.Submit(Turn(1, 5, 6))).ToArray();

        var refused = await host.RunAsync(Turn(1, 5, 6));

        Assert.Equal((Reason.Refused, "queue"), (refused.Finished.Reason, refused.Finished.Problem.Code));
        Assert.Equal(429, Bailiwick.Protocol.Errors.All.Single(row => row.Code == refused.Finished.Problem.Code).Http);
        host.Engine.Cancel("first");
        await host.EndAsync(running, "first");
        foreach (var log in waiting)
        {
            await host.EndAsync(log, "a waiting turn");
        }

        Assert.All(waiting, static log => Assert.Equal(Reason.Length, log.Finished.Reason));
    }

    [Fact]
    public void Load_ThatFailsHalfWay_FreesTheModelAndIsAValue()
    {
        var model = new ScriptedModel();

        var outcome = DecodeEngine.Start(
            () => LoadedModel.Of(EngineOptions.Checked(new Load()), model, model, [0], () => throw new InvalidOperationException(ScriptedModel.Secret)),
            TimeProvider.System,
            static _ => { },
            static () => { });

        Assert.Null(outcome.Engine);
        Assert.Equal("internal", outcome.Problem?.Code);
        Assert.DoesNotContain(ScriptedModel.Secret, outcome.Problem?.Sentence, StringComparison.Ordinal);
        Assert.Equal(1, model.Disposed);
    }

    [Fact]
    public void Load_OfAFolderThatIsNotThere_IsAValueThatNamesIt()
    {
        var outcome = DecodeEngine.Load(new Load { ModelDirectory = "/no/such/folder" }, TimeProvider.System, static _ => { }, static () => { });

        Assert.Null(outcome.Engine);
        Assert.Equal("invalid", outcome.Problem?.Code);
        Assert.Contains("/no/such/folder", outcome.Problem?.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Engine_Disposed_FreesTheModelOnce()
    {
        var model = new ScriptedModel();
        new EngineHost(() => model.Load()).Dispose();
        Assert.Equal(1, model.Disposed);
    }

    private static Submit Turn(int maxTokens, params int[] prompt) => EngineFixture.Turn(prompt, maxTokens);
}
