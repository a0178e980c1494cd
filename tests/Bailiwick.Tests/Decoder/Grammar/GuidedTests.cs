using System.Diagnostics;
using System.Text.Json;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Tests.Decoder.Loop;
using Xunit.Abstractions;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Grammar;

/// <summary>Answers under JSON schemas, judged by a validator that is not ours.</summary>
[Trait("Category", "Guided")]
[Collection(EngineTests.Name)]
public sealed class GuidedTests(EngineFixture fixture, ITestOutputHelper output)
{
    private const int AnswersPerSchema = 10;

    [Fact]
    public async Task Answers_UnderTenBoundedSchemas_AllValidate()
    {
        var schemas = Directory.EnumerateFiles(Repository.Fixture("guided"), "*.json").Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(10, schemas.Length);
        var asked = (
            from path in schemas
            from seed in Enumerable.Range(1, AnswersPerSchema)
            select (Path: path, Schema: File.ReadAllText(path), Seed: (ulong)seed)).ToArray();
        var logs = await fixture.Host.RunAllAsync(asked.Select(static one => Guided(one.Schema, one.Seed)));

        var complete = asked.Zip(logs).Where(static one => one.Second.Finished.Reason == Finished.Types.Reason.Stop).ToArray();
        var cut = logs.Count(static log => log.Finished.Reason == Finished.Types.Reason.Length);
        output.WriteLine($"{complete.Length} complete, {cut} cut by their length and not counted");
        Assert.Equal(asked.Length, complete.Length + cut);
        Assert.True(complete.Length >= 95, $"{cut} of {asked.Length} answers were cut by their length: the schemas are meant to be bounded");

        var verdicts = await ValidateAsync(complete.Select(static one => (one.First.Schema, one.Second.Text)));
        Assert.Equal(complete.Length, verdicts.Length);
        Assert.All(complete.Zip(verdicts), static one => Assert.True(
            one.Second == "valid", $"{Path.GetFileName(one.First.First.Path)}, seed {one.First.First.Seed}: {one.Second}: {one.First.Second.Text}"));
    }

    [Fact]
    public async Task Answer_CutByItsLength_SaysLength()
    {
        var submit = Guided("""{"type":"array","items":{"type":"integer"},"minItems":50}""", seed: 1);
        submit.MaxTokens = 10;
        var log = await fixture.Host.RunAsync(submit);
        Assert.Equal((Finished.Types.Reason.Length, 10), (log.Finished.Reason, log.Finished.AnswerTokens));
        Assert.NotEqual("valid", Assert.Single(await ValidateAsync([(submit.Grammar.JsonSchema, log.Text)])));
    }

    private static Submit Guided(string schema, ulong seed)
    {
        var submit = EngineFixture.Ask(
            "Answer with a JSON value that fits this schema: " + schema, 200, new V1.Sampling { Seed = seed, Temperature = 0.8f, TopP = 0.95f });
        submit.Grammar = new V1.Grammar { JsonSchema = schema };
        return submit;
    }

    private static async Task<string[]> ValidateAsync(IEnumerable<(string Schema, string Answer)> answers)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var script = Path.Combine(Repository.Root, "tests", "clients", "ajv-validate.mjs");
        using var node = Process.Start(new ProcessStartInfo("node", [script])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var verdicts = node.StandardOutput.ReadToEndAsync(patience.Token);
        var complaints = node.StandardError.ReadToEndAsync(patience.Token);
        foreach (var (schema, answer) in answers)
        {
            using var parsed = JsonDocument.Parse(schema);
            await node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { schema = parsed.RootElement, answer }));
        }

        node.StandardInput.Close();
        await node.WaitForExitAsync(patience.Token);
        Assert.True(node.ExitCode == 0, "ajv-validate.mjs (run `npm ci` in tests/clients): " + await complaints);
        return (await verdicts).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
