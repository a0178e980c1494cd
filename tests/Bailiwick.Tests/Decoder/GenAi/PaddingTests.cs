using Bailiwick.Models.Import;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Tests.Decoder.Loop;
using Bailiwick.Tests.Models;

namespace Bailiwick.Tests.Decoder.GenAi;

/// <summary>
/// GenAI looks for the last position of a prompt by skipping padding, where a model gives logits of every position. A
/// finished folder may name any token as padding, and a prompt may end with any token.
/// </summary>
[Trait("Category", "Exactness")]
public sealed class PaddingTests
{
    private static readonly int[] Prompt = [5, 7, 11, 13, 17, 13];

    [Theory]
    [InlineData(0, 13)]
    [InlineData(0, 5)]
    public async Task Prompt_WithTheTokenThatTheFolderNamesAsPadding_GivesTheSameLogits(int unused, int used)
    {
        var source = Repository.Fixture("families", "gguf", "models", "llama.Q4_0.gguf");
        var build = await TestBuilds.OfAsync(source, new ImportOptions { PrunedHead = false });

        var expected = await DigestsAsync(build.Folder, unused);

        Assert.Equal(8, expected.Length);
        Assert.Equal(expected, await DigestsAsync(build.Folder, used));
    }

    private static async Task<string[]> DigestsAsync(string folder, int padding)
    {
        using var changed = new ChangedBuild(folder);
        changed.SetModel("pad_token_id", padding);
        using var host = new EngineHost(new Load { ModelDirectory = changed.Path, Threads = 1 });
        var turn = EngineFixture.Turn(Prompt, 8);
        (turn.DigestLogits, turn.IgnoreEos) = (true, true);
        return [.. (await host.RunAsync(turn)).Digests];
    }
}
