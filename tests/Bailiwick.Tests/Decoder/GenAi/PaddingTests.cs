using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Tests.Decoder.Loop;
using Bailiwick.Tests.Models;

namespace Bailiwick.Tests.Decoder.GenAi;

/// <summary>GenAI masks the padding token out of a prompt; a finished folder may name any token as that.</summary>
[Trait("Category", "Exactness")]
[Collection(EngineTests.Name)]
public sealed class PaddingTests(EngineFixture fixture)
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Prompt_WithTheTokenThatTheFolderNamesAsPadding_GivesTheSameLogits(int fromEnd)
    {
        var prompt = fixture.ShortPrompt;
        var padding = fromEnd < 0 ? prompt[^1] : prompt[0];
        using var folder = new ChangedBuild(fixture.Load().ModelDirectory);
        folder.SetModel("pad_token_id", padding);
        var load = fixture.Load();
        load.ModelDirectory = folder.Path;
        using var padded = new EngineHost(load);

        var expected = await fixture.Host.RunAsync(Digested(prompt));
        var found = await padded.RunAsync(Digested(prompt));

        Assert.Equal(8, expected.Tokens.Count);
        Assert.Equal(expected.Digests, found.Digests);
    }

    private static Submit Digested(int[] prompt)
    {
        var turn = EngineFixture.Turn(prompt, 8);
        (turn.DigestLogits, turn.IgnoreEos) = (true, true);
        return turn;
    }
}
