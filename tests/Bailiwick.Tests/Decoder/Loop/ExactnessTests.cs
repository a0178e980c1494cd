using Bailiwick.Protocol.Decoder.V1;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Loop;

/// <summary>Each of these compares the raw logits of every position, bit for bit.</summary>
[Trait("Category", "Exactness")]
[Collection(EngineTests.Name)]
public sealed class ExactnessTests(EngineFixture fixture)
{
    private const string Schema = """
        {"type":"object","properties":{"title":{"type":"string","maxLength":40},"year":{"type":"integer","minimum":1,"maximum":2100},
        "tags":{"type":"array","items":{"enum":["sea","land","sky"]},"minItems":2,"maxItems":4}},
        "required":["title","year","tags"],"additionalProperties":false}
        """;

    [Fact]
    public async Task Prefill_InPieces_EqualsPrefillInOnePass()
    {
        // The smallest pieces on a part of the prompt, or they alone would take a minute.
        (int Piece, int Prompt)[] cuts = [(2, 101), (3, 100), (7, 300), (64, 970), (969, 970)];
        using var whole = Host(fixture.LongPrompt.Length);
        foreach (var (piece, length) in cuts)
        {
            using var cut = Host(piece);
            var prompt = fixture.LongPrompt[..length];
            AssertEqual(await whole.RunAsync(Digested(prompt, 4)), await cut.RunAsync(Digested(prompt, 4)));
        }
    }

    [Fact]
    public async Task Prompt_OfOneToken_IsAnsweredAndResumedExactly()
    {
        int[] prompt = [fixture.ShortPrompt[0]];
        var whole = await fixture.Host.RunAsync(Digested(prompt, 16));
        var resumed = Digested(prompt, 16);
        resumed.Emitted.AddRange(whole.Ids.Take(7));
        Assert.Equal((1, 16), (whole.Finished.PromptTokens, whole.Tokens.Count));
        AssertEqual(whole, await fixture.Host.RunAsync(resumed));
    }

    [Fact]
    public async Task Threads_OneAndTwo_GiveEqualLogits()
    {
        var two = fixture.Load();
        two.Threads = 2;
        using var twoThreads = new EngineHost(two);
        AssertEqual(
            await fixture.Host.RunAsync(Digested(fixture.ShortPrompt, 200)),
            await twoThreads.RunAsync(Digested(fixture.ShortPrompt, 200)));
    }

    [Fact]
    public async Task Turn_AmongSevenOthers_EqualsTheTurnAlone()
    {
        var alone = await fixture.Host.RunAsync(Digested(fixture.ShortPrompt, 200));
        var others = fixture.Prompts.Where(prompt => prompt.Length < 100).Skip(1).Take(7)
            .Select((prompt, i) => Digested(prompt, 200, Seeded(seed: (ulong)i)));
        var together = await fixture.Host.RunAllAsync([Digested(fixture.ShortPrompt, 200), .. others]);
        Assert.Equal(8, together.Length);
        AssertEqual(alone, together[0]);
    }

    [Fact]
    public Task Resume_GreedyAtRandomCuts_EqualsTheUndisturbedRun() => AssertResumes(sampling: null, grammar: null, maxTokens: 48);

    [Fact]
    public Task Resume_SeededAtRandomCuts_EqualsTheUndisturbedRun() =>
        AssertResumes(
            new V1.Sampling { Seed = 99, Temperature = 0.9f, TopP = 0.95f, RepetitionPenalty = 1.1f, FrequencyPenalty = 0.2f },
            grammar: null,
            maxTokens: 48);

    [Fact]
    public Task Resume_UnderASchemaAtRandomCuts_EqualsTheUndisturbedRun() =>
        AssertResumes(new V1.Sampling { Seed = 7, Temperature = 0.7f }, new V1.Grammar { JsonSchema = Schema }, maxTokens: 96);

    private async Task AssertResumes(V1.Sampling? sampling, V1.Grammar? grammar, int maxTokens)
    {
        const int cuts = 20;
        var prompt = fixture.Prompts[2];
        Submit Fresh()
        {
            var submit = Digested(prompt, maxTokens, sampling?.Clone());
            submit.Grammar = grammar?.Clone();
            submit.IgnoreEos = grammar is null;
            return submit;
        }

        var undisturbed = await fixture.Host.RunAsync(Fresh());
        Assert.NotEqual(Finished.Types.Reason.Error, undisturbed.Finished.Reason);
        var random = new Random(20261124);
        var resumed = await fixture.Host.RunAllAsync(Enumerable.Range(0, cuts).Select(_ =>
        {
            var submit = Fresh();
            submit.Emitted.AddRange(undisturbed.Ids.Take(random.Next(1, undisturbed.Tokens.Count)));
            return submit;
        }));
        foreach (var log in resumed)
        {
            AssertEqual(undisturbed, log);
            Assert.Equal(undisturbed.Text, log.Text);
            Assert.Equal(undisturbed.Finished.Reason, log.Finished.Reason);
        }
    }

    private EngineHost Host(int piece)
    {
        var load = fixture.Load();
        load.PrefillChunkTokens = piece;
        return new EngineHost(load);
    }

    private static Submit Digested(int[] prompt, int maxTokens, V1.Sampling? sampling = null)
    {
        var submit = EngineFixture.Turn(prompt, maxTokens, sampling);
        submit.DigestLogits = true;
        submit.IgnoreEos = true;
        return submit;
    }

    private static V1.Sampling Seeded(ulong seed) => new() { Seed = seed, Temperature = 0.8f };

    private static void AssertEqual(TurnLog expected, TurnLog actual)
    {
        Assert.NotEmpty(expected.Tokens);
        Assert.All(expected.Tokens, static token => Assert.Equal(32, token.LogitsSha256.Length));
        Assert.Equal(expected.Digests, actual.Digests);
        Assert.Equal(expected.Ids, actual.Ids);
    }
}
