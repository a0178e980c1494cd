using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Xunit.Abstractions;
using Reason = Bailiwick.Protocol.Decoder.V1.Finished.Types.Reason;

namespace Bailiwick.Tests.Protocol;

/// <summary>The link against real decoders with the default model: losses of every kind change nothing that a consumer sees.</summary>
[Trait("Category", "DecoderLife")]
[Collection(DecoderLifeCollection.Name)]
public sealed class DecoderLifeTests(DefaultModel model, ITestOutputHelper output)
{
    private const int Tokens = 48;
    private const string Schema =
        """{"type":"object","properties":{"city":{"type":"string","maxLength":40},"people":{"type":"integer"}},"required":["city","people"],"additionalProperties":false,"x-guidance":{"whitespace_flexible":false}}""";

    [Fact]
    public async Task Turn_KilledAtTwentyRandomTokens_GivesTheUndisturbedText()
    {
        await using var link = await LinkUnderTest.StartAsync(model.Options());
        Submit[] kinds = [Greedy(), Seeded(), Guided()];
        var undisturbed = await Task.WhenAll(kinds.Select(kind => LinkUnderTest.RunAsync(link, kind)));
        var random = new Random(11);
        List<double> gaps = [];
        for (var kill = 0; kill < 20; kill++)
        {
            var expected = undisturbed[kill % kinds.Length];
            var cut = random.Next(0, expected.Tokens.Count);

            var log = await LinkUnderTest.RunAsync(link, kinds[kill % kinds.Length], at: index =>
            {
                if (index == cut)
                {
                    LinkUnderTest.Signal(link, LinkUnderTest.SigKill);
                }

                return Task.CompletedTask;
            });

            Same(expected, log);
            gaps.Add(log.LongestGap.TotalMilliseconds);
            await LinkUnderTest.UntilAsync(() => link.State is { Phase: DecoderPhase.Ready } state && state.Losses == kill + 1, $"restart {kill}", () => $"{link.State}");
        }

        gaps.Sort();
        output.WriteLine($"gap at kill, ms: median {gaps[gaps.Count / 2]:0}, longest {gaps[^1]:0}");
    }

    [Theory]
    [InlineData(LinkUnderTest.SigAbort, LossKind.Ended)]
    [InlineData(LinkUnderTest.SigStop, LossKind.Hung)]
    public async Task Turn_DecoderAbortsOrHangs_GivesTheUndisturbedText(int signal, LossKind expected)
    {
        await using var link = await LinkUnderTest.StartAsync(model.Options(hang: TimeSpan.FromSeconds(5)));
        var undisturbed = await LinkUnderTest.RunAsync(link, Seeded(tokens: 200));

        var log = await LinkUnderTest.RunAsync(link, Seeded(tokens: 200), at: index =>
        {
            if (index == 7)
            {
                LinkUnderTest.Signal(link, signal);
            }

            return Task.CompletedTask;
        });

        Same(undisturbed, log);
        Assert.Equal(expected, link.State.Loss?.Kind);
    }

    [Fact]
    public async Task Turn_DecoderReachesItsMemoryLimit_GivesTheUndisturbedText()
    {
        var options = model.Options();
        await using var calm = await LinkUnderTest.StartAsync(options);
        var undisturbed = await LinkUnderTest.RunAsync(calm, Seeded(tokens: 200));

        // The first decoder may hold next to nothing and ends at its first heartbeat; the ones after it have no limit.
        var first = options.Load.Clone();
        first.MemoryLimitBytes = 1;
        first.HeartbeatMs = 500;
        var limited = new DecoderLinkOptions { Executable = options.Executable, Load = first, MaxRestarts = 10, HangTimeout = options.HangTimeout };
        await using var link = await LinkUnderTest.StartAsync(limited);
        first.MemoryLimitBytes = 0;
        var log = await LinkUnderTest.RunAsync(link, Seeded(tokens: 200));

        Same(undisturbed, log);
        Assert.Equal((1, LossKind.MemoryLimit), (link.State.Losses, link.State.Loss?.Kind));
    }

    [Fact]
    public async Task Turns_TwoHundredHalfCancelledAtRandom_LeaveNoBlockBehind()
    {
        await using var link = await LinkUnderTest.StartAsync(model.Options());
        var expected = await LinkUnderTest.RunAsync(link, Seeded(tokens: 16));
        var random = new Random(12);
        var plans = Enumerable.Range(0, 200).Select(index => (Cancelled: index % 2 == 0, At: random.Next(0, 14))).ToList();

        var logs = await Task.WhenAll(plans.Select(async plan =>
        {
            using var cancel = new CancellationTokenSource();
            return await LinkUnderTest.RunAsync(link, Seeded(tokens: 16), cancel: cancel.Token, at: index =>
            {
                if (plan.Cancelled && index == plan.At)
                {
                    cancel.Cancel();
                }

                return Task.CompletedTask;
            });
        }));

        await LinkUnderTest.KvBlocksFreeAsync(link);
        Assert.All(plans.Zip(logs).Where(pair => !pair.First.Cancelled), pair => Same(expected, pair.Second));
        Assert.All(logs, log => Assert.Equal(expected.Ids.Take(log.Tokens.Count), log.Ids));
        Assert.Equal(0, link.State.Losses);
        output.WriteLine($"cancelled: {logs.Count(log => log.Finished.Reason == Reason.Cancelled)} of 200, blocks free: {link.LatestHeartbeat?.KvBlocksFree}");
    }

    [Fact]
    public async Task Turn_EverythingHasLeftAlready_FinishesAsBefore()
    {
        await using var link = await LinkUnderTest.StartAsync(model.Options());
        foreach (var kind in new[] { Greedy(), Guided() })
        {
            var undisturbed = await LinkUnderTest.RunAsync(link, kind);
            var resumed = kind.Clone();
            resumed.Emitted.AddRange(undisturbed.Ids);

            var log = await LinkUnderTest.RunAsync(link, resumed);

            Assert.Empty(log.Tokens);
            Assert.Equal((undisturbed.Finished.Reason, undisturbed.Finished.AnswerTokens), (log.Finished.Reason, log.Finished.AnswerTokens));
        }
    }

    private static void Same(TurnLog expected, TurnLog actual)
    {
        Assert.Equal(expected.Ids, actual.Ids);
        Assert.Equal(expected.Text, actual.Text);
        Assert.Equal((expected.Finished.Reason, expected.Finished.AnswerTokens), (actual.Finished.Reason, actual.Finished.AnswerTokens));
    }

    private Submit Greedy() => model.Turn(Tokens);

    private Submit Seeded(int tokens = Tokens)
    {
        var turn = model.Turn(tokens, new Sampling { Seed = 5, Temperature = 0.9f, TopP = 0.95f });
        turn.IgnoreEos = true;
        return turn;
    }

    private Submit Guided() => model.Turn(Tokens, new Sampling { Seed = 6, Temperature = 0.7f }, new Grammar { JsonSchema = Schema });
}
