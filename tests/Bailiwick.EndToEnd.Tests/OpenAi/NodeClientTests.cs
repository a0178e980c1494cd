using Bailiwick.EndToEnd.Tests.Silo;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>
/// The door as npm's clients see it: openai, LangChain, AI SDK. Needs `npm ci` in tests/clients, as infra/test.sh does it. The same clients
/// over a cluster with a real decoder: infra/checks/clients.sh.
/// </summary>
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

        var file = Path.Combine(Checkout.Root, "tests", "clients", script);
        var (exitCode, output, error) = await Executable.RunAsync(
            TimeSpan.FromMinutes(5), "node", [file, door.V1.ToString(), ScriptedDoor.Key, ScriptedTurns.Model, "--scripted"]);

        Assert.True(exitCode == 0, output + error);
        Assert.EndsWith($"{cases} passed, 0 failed\n", output, StringComparison.Ordinal);
    }
}
