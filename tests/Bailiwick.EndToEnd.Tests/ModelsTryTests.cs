using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bailiwick.EndToEnd.Tests;

/// <summary>`bailiwick models try`, from the default model's published form to an answer.</summary>
public sealed partial class ModelsTryTests : IAsyncLifetime
{
    private const string Model = "smollm2-135m-instruct";
    private const string Schema =
        """{"type":"object","properties":{"city":{"type":"string","maxLength":30}},"required":["city"],"additionalProperties":false}""";

    public async Task InitializeAsync()
    {
        var imported = await CommandLine.RunAsync(["models", "import", Path.Combine(Checkout.Root, "models", Model), "--store", CommandLine.Store]);
        Assert.True(imported.ExitCode == 0, imported.Error);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Try_Text_GivesTheAnswerOnStdoutAndTheSummaryOnStderr()
    {
        var result = await TryAsync("Write one sentence about rain.", "--max-tokens", "24");

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.NotEmpty(result.Output.Trim());
        Assert.Matches(Summary(), result.Error);
        Assert.DoesNotContain('\e', result.Output + result.Error);
    }

    [Fact]
    public async Task Try_SameSeedTwice_GivesTheSameAnswer()
    {
        string[] options = ["--temperature", "0.9", "--seed", "7", "--max-tokens", "24", "--output", "json"];

        var first = Parse(await TryAsync("Write one sentence about rain.", options));
        var second = Parse(await TryAsync("Write one sentence about rain.", options));

        Assert.Equal(first.GetProperty("answer").GetString(), second.GetProperty("answer").GetString());
        Assert.NotEmpty(first.GetProperty("answer").GetString()!);
        Assert.Equal(64, first.GetProperty("build_digest").GetString()!.Length);
        Assert.True(first.GetProperty("tokens_per_second").GetDouble() > 0, "no rate");
        Assert.Contains(first.GetProperty("finish_reason").GetString(), new[] { "stop", "length" });
    }

    [Fact]
    public async Task Try_Schema_GivesJsonThatHoldsTheField()
    {
        var file = Path.Combine(Scratch.Folder(), "city.schema.json");
        await File.WriteAllTextAsync(file, Schema);

        var result = Parse(await TryAsync("Name a city.", "--schema", file, "--output", "json"));

        Assert.Equal("stop", result.GetProperty("finish_reason").GetString());
        using var answer = JsonDocument.Parse(result.GetProperty("answer").GetString()!);
        Assert.Equal(["city"], answer.RootElement.EnumerateObject().Select(field => field.Name));
    }

    [Fact]
    public async Task Try_CtrlC_EndsTheTurnWith130()
    {
        // An answer that cannot end before the signal does, on no machine.
        var file = Path.Combine(Scratch.Folder(), "endless.schema.json");
        await File.WriteAllTextAsync(file, """{"type":"array","items":{"type":"integer","minimum":1,"maximum":9},"minItems":1500}""");

        var result = await CommandLine.RunAsync(
            ["models", "try", Model, "Count.", "--schema", file, "--max-tokens", "4000", "--store", CommandLine.Store], interruptAt: 10);

        Assert.Equal(130, result.ExitCode);
        Assert.Contains("finish: cancelled", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "nowhere", "models", "try", "nowhere", "hello")]
    [InlineData(1, "not isolated", "models", "try", Model, "hello", "--no-isolation")]
    [InlineData(1, "no-such.json", "models", "try", Model, "hello", "--schema", "/no-such.json")]
    [InlineData(2, "--temperature lies between", "models", "try", Model, "hello", "--temperature", "9")]
    [InlineData(2, "Required argument missing", "models", "try", Model)]
    public async Task Try_Refused_SaysWhyOnStderrWithTheExitCode(int code, string sentence, params string[] arguments)
    {
        var result = await CommandLine.RunAsync([.. arguments, "--store", CommandLine.Store]);

        Assert.Equal(code, result.ExitCode);
        Assert.Contains(sentence, result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Try_Help_HoldsExamples()
    {
        var result = await CommandLine.RunAsync(["models", "try", "--help"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("bailiwick models try smollm2-135m-instruct", result.Output, StringComparison.Ordinal);
    }

    private static Task<CommandResult> TryAsync(string prompt, params string[] options) =>
        CommandLine.RunAsync(["models", "try", Model, prompt, "--store", CommandLine.Store, .. options]);

    private static JsonElement Parse(CommandResult result)
    {
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    [GeneratedRegex(@"^\d+ ms to first token, [\d.]+ tokens/s, \d+ tokens, finish: (stop|length), build: [0-9a-f]{64}\s*$")]
    private static partial Regex Summary();
}
