using Bailiwick.Decoder.Simulation;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Reason = Bailiwick.Protocol.Decoder.V1.Finished.Types.Reason;

namespace Bailiwick.Tests.Protocol;

/// <summary>The link against a simulated decoder: a real process, real frames, no model.</summary>
public sealed class DecoderLinkTests
{
    private const int Vocabulary = 49152;

    [Fact]
    public async Task Turn_Undisturbed_IsStartedThenTokensThenFinished()
    {
        await using var link = await LinkUnderTest.StartAsync(LinkUnderTest.Simulated());

        var log = await LinkUnderTest.RunAsync(link, Turn(tokens: 20, seed: 7));

        Assert.Equal([TurnEventKind.Started, .. Enumerable.Repeat(TurnEventKind.Token, 20), TurnEventKind.Finished], log.Kinds);
        Assert.Equal(Expected(20, 7), log.Ids);
        Assert.Equal((Reason.Length, 20), (log.Finished.Reason, log.Finished.AnswerTokens));
    }

    [Fact]
    public async Task Decoder_StartedByTheLink_SeesAllItsWalls()
    {
        await using var link = await LinkUnderTest.StartAsync(LinkUnderTest.Simulated());

        var isolation = link.State.Hello!.Isolation;
        Assert.Equal(["lo"], isolation.Interfaces);
        Assert.True(isolation is
        {
            Isolated: true, OpenSockets: 0, TelemetryOff: true, DiagnosticsOff: true, CoreDumpsOff: true, SyscallFilter: true,
        }, isolation.ToString());
    }

    [Theory]
    [InlineData(LinkUnderTest.SigKill, LossKind.Ended)]
    [InlineData(LinkUnderTest.SigAbort, LossKind.Ended)]
    [InlineData(LinkUnderTest.SigStop, LossKind.Hung)]
    public async Task Turn_DecoderLostInTheMiddle_GoesOnWithoutGapOrRepeat(int signal, LossKind expected)
    {
        await using var link = await LinkUnderTest.StartAsync(With(hang: TimeSpan.FromSeconds(3)));

        var log = await LinkUnderTest.RunAsync(link, Turn(tokens: 1500, seed: 3), at: Once(30, () => LinkUnderTest.Signal(link, signal)));

        Assert.Equal(Expected(1500, 3), log.Ids);
        Assert.Equal(Reason.Length, log.Finished.Reason);
        Assert.InRange(Assert.Single(log.ResumedAt), 30, 1500);
        Assert.Equal((1, expected), (link.State.Losses, link.State.Loss?.Kind));
    }

    [Fact]
    public async Task Turn_ResumingIsOff_EndsWithErrorAndTheReason()
    {
        await using var link = await LinkUnderTest.StartAsync(With(resume: false));

        var log = await LinkUnderTest.RunAsync(link, Turn(tokens: 5000), at: Once(5, () => LinkUnderTest.Signal(link, LinkUnderTest.SigKill)));

        Assert.Equal((Reason.Error, "no_replica"), (log.Finished.Reason, log.Finished.Problem.Code));
        Assert.Contains("signal 9", log.Finished.Problem.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Turn_LosesMoreDecodersThanItMay_EndsWithError()
    {
        await using var link = await LinkUnderTest.StartAsync(With(maxResumes: 1));
        var killed = 0;

        var log = await LinkUnderTest.RunAsync(link, Turn(tokens: 5000), at: index =>
        {
            if (link.State is { Phase: DecoderPhase.Ready } state && state.Losses == killed && killed < 2 && index > 0)
            {
                killed++;
                LinkUnderTest.Signal(link, LinkUnderTest.SigKill);
            }

            return Task.CompletedTask;
        });

        Assert.Equal((Reason.Error, 2), (log.Finished.Reason, killed));
        Assert.Single(log.ResumedAt);
        Assert.Equal(Expected(log.Tokens.Count, 0), log.Ids);
    }

    [Fact]
    public async Task Turn_Cancelled_SaysSoAndFreesItsBlocks()
    {
        await using var link = await LinkUnderTest.StartAsync(LinkUnderTest.Simulated());
        using var cancel = new CancellationTokenSource();

        var log = await LinkUnderTest.RunAsync(link, Turn(tokens: 5000), at: Once(3, cancel.Cancel), cancel: cancel.Token);

        Assert.Equal(Reason.Cancelled, log.Finished.Reason);
        Assert.True(log.Tokens.Count < 5000, "all tokens came although the turn was cancelled");
        await LinkUnderTest.KvBlocksFreeAsync(link);
    }

    [Fact]
    public async Task Turn_ConsumerLeaves_IsCancelledInTheDecoder()
    {
        await using var link = await LinkUnderTest.StartAsync(LinkUnderTest.Simulated());

        await foreach (var next in link.RunAsync(Turn(tokens: 8000), CancellationToken.None))
        {
            if (next.Kind == TurnEventKind.Token)
            {
                break;
            }
        }

        await LinkUnderTest.KvBlocksFreeAsync(link);
    }

    [Fact]
    public async Task Turn_ConsumerDoesNotRead_IsCancelledWithTheReason()
    {
        await using var link = await LinkUnderTest.StartAsync(With(profile: """{"steps_per_second":0}""", pending: 16));
        await using var events = link.RunAsync(Turn(tokens: 8000), CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await events.MoveNextAsync());
        await LinkUnderTest.KvBlocksFreeAsync(link);

        var last = events.Current;
        while (await events.MoveNextAsync())
        {
            last = events.Current;
        }

        Assert.Equal((Reason.Cancelled, "The consumer left 16 events unread."), (last.Finished?.Reason, last.Finished?.Problem?.Sentence));
    }

    [Fact]
    public async Task Link_DisposedWhileATurnRuns_EndsItAndLeavesNoProcess()
    {
        var link = await LinkUnderTest.StartAsync(LinkUnderTest.Simulated());
        var pid = LinkUnderTest.Pid(link);
        Task? disposing = null;

        var log = await LinkUnderTest.RunAsync(link, Turn(tokens: 8000), at: Once(2, () => disposing = link.DisposeAsync().AsTask()));
        await disposing!;

        Assert.Contains(log.Finished.Reason, new[] { Reason.Cancelled, Reason.Error });
        Assert.True(LinkUnderTest.IsGone(pid), $"decoder {pid} lives on");
        Assert.Equal(DecoderPhase.Stopped, link.State.Phase);
        var refused = await LinkUnderTest.RunAsync(link, Turn(tokens: 1));
        Assert.Equal((Reason.Refused, "draining"), (refused.Finished.Reason, refused.Finished.Problem.Code));
    }

    [Fact]
    public async Task TextCalls_DecoderLostMeanwhile_AreAskedAgain()
    {
        await using var link = await LinkUnderTest.StartAsync(LinkUnderTest.Simulated());
        LinkUnderTest.Signal(link, LinkUnderTest.SigStop);
        var pending = link.CountAsync(new string('x', 41), CancellationToken.None);
        LinkUnderTest.Signal(link, LinkUnderTest.SigKill);

        Assert.Equal(11, (await pending.WaitAsync(LinkUnderTest.Wait)).Count);
        Assert.Equal(2, (await link.TokenizeAsync("12345", recogniseSpecial: false, CancellationToken.None)).Id.Count);
    }

    [Fact]
    public async Task Turns_HalfCancelledAtRandom_LeaveNoBlockBehind()
    {
        await using var link = await LinkUnderTest.StartAsync(LinkUnderTest.Simulated("""{"steps_per_second":0,"prefill_tokens_per_second":0,"batch":64}"""));
        var random = new Random(20);
        var turns = Enumerable.Range(0, 200).Select(index => (Cancel: index % 2 == 0, At: random.Next(0, 100)));

        var logs = await Task.WhenAll(turns.Select(async plan =>
        {
            using var cancel = new CancellationTokenSource();
            return (plan.Cancel, Log: await LinkUnderTest.RunAsync(
                link, Turn(tokens: 120), at: Once(plan.At, plan.Cancel ? cancel.Cancel : () => { }), cancel: cancel.Token));
        }));

        await LinkUnderTest.KvBlocksFreeAsync(link);
        Assert.All(logs.Where(one => !one.Cancel), one => Assert.Equal(Expected(120, 0), one.Log.Ids));
        Assert.All(logs.Where(one => one.Cancel), one => Assert.Equal(Expected(one.Log.Tokens.Count, 0), one.Log.Ids));
        Assert.Contains(logs, one => one.Log.Finished.Reason == Reason.Cancelled);
    }

    private static Submit Turn(int tokens, ulong seed = 0) =>
        new() { Text = "prompt", MaxTokens = tokens, Sampling = new Sampling { Seed = seed } };

    private static IEnumerable<int> Expected(int tokens, ulong seed) =>
        Enumerable.Range(0, tokens).Select(position => SimulatedTurn.TokenAt(seed, position, Vocabulary));

    private static Func<int, Task> Once(int at, Action act) => index =>
    {
        if (index == at)
        {
            act();
        }

        return Task.CompletedTask;
    };

    private static DecoderLinkOptions With(
        TimeSpan? hang = null, bool resume = true, int maxResumes = 100, int pending = 100_000, string? profile = null)
    {
        var plain = LinkUnderTest.Simulated();
        return new DecoderLinkOptions
        {
            Executable = plain.Executable,
            Load = plain.Load,
            SimulationProfile = profile is null ? plain.SimulationProfile : LinkUnderTest.Profile(profile),
            MaxRestarts = plain.MaxRestarts,
            HangTimeout = hang ?? plain.HangTimeout,
            ResumeOnLoss = resume,
            MaxResumes = maxResumes,
            MaxPendingEvents = pending,
        };
    }
}
