using Bailiwick.Protocol.Decoder.V1;
using Microsoft.Extensions.Time.Testing;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

[Collection(EngineTests.Name)]
public sealed class TurnTests(EngineFixture fixture)
{
    private const string Question = "What is the capital of France?";

    [Fact]
    public async Task Chat_PlainQuestion_IsAnswered()
    {
        var question = fixture.Questions.First(static one => one.Question.Contains("Japan", StringComparison.Ordinal)).Question;
        var log = await fixture.Host.RunAsync(EngineFixture.Ask(question, 20));
        Assert.Contains("Tokyo", log.Text, StringComparison.Ordinal);
        Assert.Equal(log.Tokens.Count, log.Finished.AnswerTokens);
        Assert.Equal(log.Started!.PromptTokens, log.Finished.PromptTokens);
        Assert.Equal(64, log.Started.PromptSha256.Length);
    }

    [Fact]
    public async Task EndOfTurnToken_Chosen_EndsTheTurnAndIsNotShown()
    {
        var log = await fixture.Host.RunAsync(EngineFixture.Turn(fixture.EndingPrompt, 200));
        Assert.Equal(Finished.Types.Reason.Stop, log.Finished.Reason);
        Assert.DoesNotContain(2, log.Ids);
        Assert.DoesNotContain("<|im_end|>", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MaxTokens_Reached_EndsWithLength()
    {
        var log = await fixture.Host.RunAsync(EngineFixture.Ask(Question, 3));
        Assert.Equal((Finished.Types.Reason.Length, 3), (log.Finished.Reason, log.Tokens.Count));
    }

    [Fact]
    public async Task MaxTokens_Default_Is256()
    {
        var submit = EngineFixture.Turn(fixture.ShortPrompt, 0);
        submit.IgnoreEos = true;
        var log = await fixture.Host.RunAsync(submit);
        Assert.Equal((Finished.Types.Reason.Length, 256), (log.Finished.Reason, log.Finished.AnswerTokens));
    }

    [Fact]
    public async Task IgnoreEos_TokenThatWouldEnd_GoesOn()
    {
        var ended = await fixture.Host.RunAsync(EngineFixture.Turn(fixture.EndingPrompt, 200));
        var submit = EngineFixture.Turn(fixture.EndingPrompt, ended.Tokens.Count + 5);
        submit.IgnoreEos = true;
        var log = await fixture.Host.RunAsync(submit);
        Assert.Equal(ended.Tokens.Count + 5, log.Tokens.Count);
        Assert.Equal(2, log.Tokens[ended.Tokens.Count].Id);
        Assert.Equal("", log.Tokens[ended.Tokens.Count].Text);
    }

    [Fact]
    public async Task StopString_AcrossTokenBorders_IsCutOutAndNamed()
    {
        var free = await fixture.Host.RunAsync(EngineFixture.Ask(Question, 40));
        var text = free.Text;

        // Every place and length in the start of the answer: most of these span a border between tokens.
        var stops = Enumerable.Range(0, 18).Select(start => text.Substring(start, 1 + (start % 7))).ToArray();
        var logs = await fixture.Host.RunAllAsync(stops.Select(stop =>
        {
            var submit = EngineFixture.Ask(Question, 40);
            submit.Stop.Add(stop);
            return submit;
        }));
        foreach (var (stop, log) in stops.Zip(logs))
        {
            Assert.Equal((Finished.Types.Reason.Stop, stop), (log.Finished.Reason, log.Finished.Stop));
            Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], log.Text);
        }
    }

    [Fact]
    public async Task StopString_NeverCompleted_LeavesWithTheTail()
    {
        var free = await fixture.Host.RunAsync(EngineFixture.Ask(Question, 5));
        var submit = EngineFixture.Ask(Question, 5);
        submit.Stop.Add(free.Text[^2..] + "never written by anyone");
        var log = await fixture.Host.RunAsync(submit);
        Assert.NotEqual("", log.Finished.Tail);
        Assert.Equal(free.Text, log.Text);
    }

    [Fact]
    public async Task Logprobs_GreedyTurn_AreThoseOfTheBestAlternativeAndSumBelowOne()
    {
        var submit = EngineFixture.Ask(Question, 8);
        submit.TopLogprobs = 20;
        var log = await fixture.Host.RunAsync(submit);
        Assert.All(log.Tokens, token =>
        {
            Assert.Equal(20, token.Top.Count);
            Assert.Equal(token.Id, token.Top[0].Id);
            Assert.Equal(token.Logprob, token.Top[0].Logprob, 1e-6);
            Assert.InRange(token.Top.Sum(static other => Math.Exp(other.Logprob)), 0.1, 1.00001);
            Assert.Equal(token.Top.OrderByDescending(static other => other.Logprob).Select(static other => other.Id), token.Top.Select(static other => other.Id));
        });
    }

    [Fact]
    public async Task Seed_TheSame_GivesTheSameAnswer_AnotherOneAnother()
    {
        Submit Sampled(ulong seed) => EngineFixture.Ask("Tell me a story.", 40, new V1.Sampling { Seed = seed, Temperature = 1 });
        var logs = await fixture.Host.RunAllAsync([Sampled(1), Sampled(1), Sampled(2)]);
        Assert.Equal(logs[0].Ids, logs[1].Ids);
        Assert.NotEqual(logs[0].Ids, logs[2].Ids);
    }

    [Fact]
    public async Task Bias_Strongest_ForcesTheToken()
    {
        var sampling = new V1.Sampling { LogitBias = { { 28, 100 } } };
        var log = await fixture.Host.RunAsync(EngineFixture.Turn(fixture.ShortPrompt, 5, sampling));
        Assert.Equal([28, 28, 28, 28, 28], log.Ids);
    }

    [Fact]
    public async Task Grammar_RegexAndLark_ShapeTheAnswer()
    {
        var regex = EngineFixture.Ask(Question, 40);
        regex.Grammar = new V1.Grammar { Regex = "[0-9]{4}-[0-9]{2}" };
        var lark = EngineFixture.Ask(Question, 40);
        lark.Grammar = new V1.Grammar { Lark = """start: "yes" | "no" " " /[a-z]{3}/""" };
        var logs = await fixture.Host.RunAllAsync([regex, lark]);
        Assert.Matches("^[0-9]{4}-[0-9]{2}$", logs[0].Text);
        Assert.Matches("^(yes|no [a-z]{3})$", logs[1].Text);
        Assert.All(logs, static log => Assert.Equal(Finished.Types.Reason.Stop, log.Finished.Reason));
    }

    [Fact]
    public async Task Resume_WithTokensAgainstTheGrammar_EndsWithAnError()
    {
        var submit = EngineFixture.Ask(Question, 10);
        submit.Grammar = new V1.Grammar { Regex = "[0-9]+" };
        submit.Emitted.Add((await fixture.Host.RunAsync(EngineFixture.Ask(Question, 1))).Ids);
        var log = await fixture.Host.RunAsync(submit);
        Assert.Equal((Finished.Types.Reason.Error, "invalid"), (log.Finished.Reason, log.Finished.Problem.Code));
    }

    [Fact]
    public async Task Deadline_Passed_EndsTheTurnWithItsTextSoFar()
    {
        var clock = new FakeTimeProvider();
        using var host = new EngineHost(fixture.Load(), clock);
        var submit = EngineFixture.Turn(fixture.ShortPrompt, 200);
        submit.DeadlineMs = 1000;
        var log = await host.RunAsync(submit, turn =>
        {
            if (turn.Tokens.Count == 4)
            {
                clock.Advance(TimeSpan.FromMilliseconds(1000));
            }
        });
        Assert.Equal((Finished.Types.Reason.Deadline, 4), (log.Finished.Reason, log.Tokens.Count));
    }

    [Fact]
    public async Task Cancel_WhileDecoding_EndsWithinOneStep()
    {
        var submit = EngineFixture.Turn(fixture.ShortPrompt, 200);
        submit.Turn = "to be cancelled";
        var log = await fixture.Host.RunAsync(submit, turn =>
        {
            if (turn.Tokens.Count == 5)
            {
                fixture.Host.Engine.Cancel("to be cancelled");
            }
        });
        Assert.Equal((Finished.Types.Reason.Cancelled, 5), (log.Finished.Reason, log.Tokens.Count));
    }
}
