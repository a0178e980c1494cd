using System.Globalization;
using Bailiwick.EndToEnd.Tests.Silo;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.OpenAi;

/// <summary>
/// Answers under ten schemas through the door, as response_format and as arguments, judged by npm ajv; in every fifth turn the decoder
/// is killed inside the object. 20 answers, 100 with BAILIWICK_FULL=1.
/// </summary>
[Trait("Category", "Guided")]
public sealed class StructuredAnswerTests(ITestOutputHelper output)
{
    private const int Schemas = 10;
    private const int EveryTurn = 5;

    [Fact]
    public async Task Answers_WithTheDecoderKilledInside_AllValidate()
    {
        var seeds = Environment.GetEnvironmentVariable("BAILIWICK_FULL") == "1" ? 10 : 2;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(25));
        await using var turns = await DecoderTurns.StartAsync(limit.Token, turn => turn % EveryTurn == 0 ? 2 + (turn % 3) : null);
        await using var door = await ScriptedDoor.OpenAsync(limit.Token, turns);

        var (exitCode, said, error) = await Executable.RunAsync(
            TimeSpan.FromMinutes(24), "node",
            [
                Path.Combine(Checkout.Root, "tests", "clients", "structured.mjs"), door.V1.ToString(), ScriptedDoor.Key, ScriptedTurns.Model,
                seeds.ToString(CultureInfo.InvariantCulture),
            ]);

        output.WriteLine($"{said.Trim()}; {turns.Losses} decoders killed");
        Assert.True(exitCode == 0, said + error);

        // An answer may be whole before the token that its decoder was to be killed at.
        Assert.InRange(turns.Losses, Schemas * seeds / EveryTurn / 2, Schemas * seeds / EveryTurn);
    }
}
