using Bailiwick.EndToEnd.Tests.Silo;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>The door as npm's clients see it: openai, LangChain, AI SDK. Needs `npm ci` in tests/clients, as infra/test.sh does it.</summary>
[Trait("Category", "OpenAiClient")]
public sealed class NodeClientTests
{
    [Theory]
    [InlineData("openai.mjs", 12)]
    [InlineData("responses.mjs", 23)]
    [InlineData("langchain.mjs", 14)]
    [InlineData("ai-sdk.mjs", 16)]
    public async Task NodeClients_OverScriptedTurns_AllPass(string script, int cases)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var door = await ScriptedDoor.OpenAsync(limit.Token);

        await AssertPassesAsync(door, script, cases, "--scripted");
    }

    [Fact]
    public async Task NodeClients_OverARealDecoder_AllPass()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(20));
        await using var turns = await DecoderTurns.StartAsync(limit.Token);
        await using var door = await ScriptedDoor.OpenAsync(limit.Token, turns);

        foreach (var (script, cases) in new[] { ("openai.mjs", 10), ("responses.mjs", 13), ("langchain.mjs", 10), ("ai-sdk.mjs", 9), ("tools.mjs", 16) })
        {
            await AssertPassesAsync(door, script, cases);
        }
    }

    private static async Task AssertPassesAsync(ScriptedDoor door, string name, int cases, params string[] flags)
    {
        var script = Path.Combine(Checkout.Root, "tests", "clients", name);
        var (exitCode, output, error) = await Executable.RunAsync(
            TimeSpan.FromMinutes(5), "node", [script, door.V1.ToString(), ScriptedDoor.Key, ScriptedTurns.Model, .. flags]);

        Assert.True(exitCode == 0, output + error);
        Assert.EndsWith($"{cases} passed, 0 failed\n", output, StringComparison.Ordinal);
    }
}
