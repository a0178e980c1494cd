using Bailiwick.EndToEnd.Tests.Silo;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>The door as npm's clients see it: openai, LangChain, AI SDK. Needs `npm ci` in tests/clients, as infra/test.sh does it.</summary>
[Trait("Category", "OpenAiClient")]
public sealed class NodeClientTests
{
    [Fact]
    public async Task NodeClients_OverScriptedTurns_AllPass()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var door = await ScriptedDoor.OpenAsync(limit.Token);

        await AssertPassesAsync(door, 16, "--scripted");
    }

    [Fact]
    public async Task NodeClients_OverARealDecoder_AllPass()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        await using var turns = await DecoderTurns.StartAsync(limit.Token);
        await using var door = await ScriptedDoor.OpenAsync(limit.Token, turns);

        await AssertPassesAsync(door, 12);
    }

    private static async Task AssertPassesAsync(ScriptedDoor door, int cases, params string[] flags)
    {
        var script = Path.Combine(Checkout.Root, "tests", "clients", "openai.mjs");
        var (exitCode, output, error) = await Executable.RunAsync(
            "node", [script, door.V1.ToString(), ScriptedDoor.Key, ScriptedTurns.Model, .. flags]);

        Assert.True(exitCode == 0, output + error);
        Assert.EndsWith($"{cases} passed, 0 failed\n", output, StringComparison.Ordinal);
    }
}
