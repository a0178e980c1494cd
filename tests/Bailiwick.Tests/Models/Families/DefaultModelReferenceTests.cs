using System.Text.Json;
using Bailiwick.Models.Import;

namespace Bailiwick.Tests.Models.Families;

/// <summary>The default model against its float32 reference: exact weights with float activations, and the normal
/// build.</summary>
[Trait("Category", "Reference")]
public sealed class DefaultModelReferenceTests
{
    private static readonly ImportOptions Float = new() { AccuracyLevel = 0, PrunedHead = false };
    private static readonly ImportOptions Normal = new() { PrunedHead = false };

    private static JsonElement Reference { get; } =
        JsonDocument.Parse(File.ReadAllBytes(Repository.Fixture("smollm2-135m-instruct", "reference.json"))).RootElement;

    [Fact]
    public async Task LogProbabilities_FloatActivations_AreWithinTwoThousandths()
    {
        using var decoder = new RawDecoder((await TestBuilds.DefaultModelAsync(Float)).Folder);
        foreach (var prompt in Prompts()) Assert.All(Differences(decoder, prompt), difference => Assert.InRange(difference, 0, 0.002));
    }

    [Fact]
    public async Task MeanNll_FloatActivations_IsWithinHalfAThousandth()
    {
        using var decoder = new RawDecoder((await TestBuilds.DefaultModelAsync(Float)).Folder);
        foreach (var text in Texts()) Assert.InRange(Math.Abs(MeanNll(decoder, text) - text.MeanNll), 0, 0.0005);
    }

    // One position of each prompt, so what a prompt has is luck, and another class of processors, which rounds otherwise, draws anew: with
    // AVX-512 none of the twelve is above the stated mean of 0.2, with AVX2 alone two are (0.225, 0.210). All together are far below.
    [Fact]
    public async Task LogProbabilities_NormalBuild_AreWithinTheStatedTolerances()
    {
        using var decoder = new RawDecoder((await TestBuilds.DefaultModelAsync(Normal)).Folder);
        var means = new List<double>();
        foreach (var prompt in Prompts())
        {
            var differences = Differences(decoder, prompt);
            means.Add(differences.Average());
            Assert.True(means[^1] <= 0.3, $"{prompt.Name}: mean {means[^1]}");
            Assert.True(differences.Max() <= 0.6, $"{prompt.Name}: largest {differences.Max()}");
        }

        Assert.InRange(means.Average(), 0, 0.14);
    }

    [Fact]
    public async Task MeanNll_NormalBuild_IsWithinThreeHundredths()
    {
        using var decoder = new RawDecoder((await TestBuilds.DefaultModelAsync(Normal)).Folder);
        foreach (var text in Texts()) Assert.InRange(Math.Abs(MeanNll(decoder, text) - text.MeanNll), 0, 0.03);
    }

    // Twelve positions are partly luck; over all positions of the two texts a prototype had 0.105, 0.0032 and 7.8 %.
    [Fact]
    public async Task Distributions_NormalBuildOverAllPositions_AreCloseToFloatActivations()
    {
        using var exact = new RawDecoder((await TestBuilds.DefaultModelAsync(Float)).Folder);
        using var normal = new RawDecoder((await TestBuilds.DefaultModelAsync(Normal)).Folder);
        var positions = Texts().SelectMany(text => Compare(exact, normal, text.Ids)).ToList();
        Assert.True(positions.Count > 800, $"{positions.Count} positions");
        Assert.InRange(positions.Average(position => position.TopMean), 0.01, 0.14);
        Assert.InRange(positions.Average(position => position.Divergence), 0, 0.005);
        Assert.InRange(positions.Count(position => position.TopMean > 0.2) / (double)positions.Count, 0, 0.12);
    }

    [Fact]
    public async Task Greedy_NormalBuildTeacherForced_AgreesWhereverTheMarginIsAboveOne()
    {
        using var decoder = new RawDecoder((await TestBuilds.DefaultModelAsync()).Folder);
        var decided = 0;
        foreach (var prompt in Prompts())
        {
            decoder.Reset();
            var logits = decoder.Feed(prompt.Ids);
            for (var step = 0; step < prompt.Greedy.Count; step++)
            {
                if (prompt.Margins[step] > 1)
                {
                    decided++;
                    Assert.True(
                        Logits.ArgMax(Logits.LastRow(logits, decoder.Vocabulary)) == prompt.Greedy[step], $"{prompt.Name}, step {step}");
                }

                logits = decoder.Feed(prompt.Greedy[step]);
            }
        }

        Assert.True(decided > 200, $"only {decided} steps have a margin above one");
    }

    [Fact]
    public async Task PrunedHead_AnyPrompt_IsTheLastRowOfTheFullHead()
    {
        using var full = new RawDecoder((await TestBuilds.DefaultModelAsync(Normal)).Folder);
        using var pruned = new RawDecoder((await TestBuilds.DefaultModelAsync()).Folder);
        var ids = Prompts().First().Ids;
        Assert.True(Logits.LastRow(full.Feed(ids), full.Vocabulary).SequenceEqual(pruned.Feed(ids)));
    }

    private sealed record Prompt(
        string Name, IReadOnlyList<int> Ids, IReadOnlyList<(int Id, double LogProbability)> Top, IReadOnlyList<int> Greedy, IReadOnlyList<double> Margins);

    private sealed record Scored(IReadOnlyList<int> Ids, double MeanNll);

    private static IEnumerable<Prompt> Prompts() =>
        Reference.GetProperty("prompts").EnumerateArray().Select(item => new Prompt(
        item.GetProperty("name").GetString()!,
        Integers(item, "ids"),
        [.. item.GetProperty("top20").EnumerateArray().Select(top => (top.GetProperty("id").GetInt32(), top.GetProperty("logprob").GetDouble()))],
        Integers(item, "greedy"),
        [.. item.GetProperty("margin").EnumerateArray().Select(margin => margin.GetDouble())]));

    private static IEnumerable<Scored> Texts() => Reference.GetProperty("nll").EnumerateArray()
        .Select(item => new Scored(Integers(item, "ids"), item.GetProperty("mean_nll").GetDouble()));

    private static List<int> Integers(JsonElement item, string key) =>
        [.. item.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];

    private static List<double> Differences(RawDecoder decoder, Prompt prompt)
    {
        decoder.Reset();
        var row = Logits.LastRow(decoder.Feed(prompt.Ids), decoder.Vocabulary).ToArray();
        var sum = Logits.LogSum(row);
        return [.. prompt.Top.Select(top => Math.Abs(row[top.Id] - sum - top.LogProbability))];
    }

    private static double MeanNll(RawDecoder decoder, Scored text)
    {
        decoder.Reset();
        var logits = decoder.Feed(text.Ids);
        return Enumerable.Range(1, text.Ids.Count - 1).Average(position =>
        {
            var row = Logits.Row(logits, position - 1, decoder.Vocabulary);
            return Logits.LogSum(row) - row[text.Ids[position]];
        });
    }

    private static IEnumerable<(double TopMean, double Divergence)> Compare(RawDecoder exact, RawDecoder normal, IReadOnlyList<int> ids)
    {
        exact.Reset();
        normal.Reset();
        var expected = exact.Feed(ids);
        var actual = normal.Feed(ids);
        return [.. Enumerable.Range(0, ids.Count).Select(position =>
            Compare(Logits.Row(expected, position, exact.Vocabulary), Logits.Row(actual, position, exact.Vocabulary)))];
    }

    private static (double TopMean, double Divergence) Compare(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var expectedSum = Logits.LogSum(expected);
        var actualSum = Logits.LogSum(actual);
        var divergence = 0.0;
        var differences = new (double Probability, double Difference)[expected.Length];
        for (var id = 0; id < expected.Length; id++)
        {
            var logProbability = expected[id] - expectedSum;
            var difference = logProbability - (actual[id] - actualSum);
            divergence += Math.Exp(logProbability) * difference;
            differences[id] = (logProbability, Math.Abs(difference));
        }

        return (differences.OrderByDescending(item => item.Probability).Take(20).Average(item => item.Difference), divergence);
    }
}
