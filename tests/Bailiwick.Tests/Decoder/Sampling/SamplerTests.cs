using Bailiwick.Decoder.Loop;
using Bailiwick.Decoder.Sampling;
using CsCheck;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Sampling;

public sealed class SamplerTests
{
    private const int Draws = 40_000;

    [Fact]
    public void Choose_GreedyWithEqualLogits_TakesTheLowestId() =>
        Assert.Equal(1, Choose([-1f, 2f, 2f, 0f, 2f], new V1.Sampling()));

    [Fact]
    public void Choose_GreedyWithBothZeros_TakesTheLowestId() =>
        Assert.Equal(1, Choose([-1f, -0f, 0f], new V1.Sampling()));

    [Fact]
    public void Choose_NaNAndInfinities_TakesTheLargestNumber()
    {
        float[] logits = [float.NaN, 3f, float.PositiveInfinity, float.NegativeInfinity];
        Sampler.Sanitise(logits);
        Assert.Equal(2, Choose(logits, new V1.Sampling()));
        Assert.Equal(2, Choose(logits, new V1.Sampling { Temperature = 1, TopP = 0.9f }));
    }

    [Theory]
    [InlineData(0f, 0)]
    [InlineData(1f, 0)]
    [InlineData(1f, 3)]
    public void Choose_EverythingImpossible_SaysNone(float temperature, int topK) =>
        Assert.Equal(
            Sampler.None,
            Choose(
                [.. Enumerable.Repeat(float.NegativeInfinity, 8)],
                new V1.Sampling { Temperature = temperature, TopK = topK }));

    [Theory]
    [InlineData(1f, 0, 0f, 0f)]
    [InlineData(0.5f, 0, 0f, 0f)]
    [InlineData(2f, 0, 0f, 0f)]
    [InlineData(1f, 5, 0f, 0f)]
    [InlineData(1f, 0, 0.7f, 0f)]
    [InlineData(1f, 0, 0f, 0.2f)]
    [InlineData(0.8f, 6, 0.8f, 0.1f)]
    public void Choose_ManyPositions_FollowsTheTruncatedSoftmax(float temperature, int topK, float topP, float minP)
    {
        float[] logits = [1f, 0.2f, -0.5f, 2f, 1.7f, -3f, 0.9f, 1.1f, float.NegativeInfinity, 0f];
        var options = Options(logits.Length, new V1.Sampling { Seed = 11, Temperature = temperature, TopK = topK, TopP = topP, MinP = minP });
        var sampler = new Sampler(logits.Length);
        var counts = new int[logits.Length];
        for (var position = 0; position < Draws; position++)
        {
            counts[sampler.Choose(logits, options, (ulong)position)]++;
        }

        ChiSquare.AssertFits(counts, SlowSampler.Distribution(logits, options));
    }

    [Fact]
    public void Choose_RandomLogitsAndOptions_StaysInsideTheSlowTruncation() =>
        Gen.Select(Gen.Float[-8, 8].Array[1, 300], Gen.Float[0.05f, 2], Gen.Int[0, 40], Gen.Float[0, 1], Gen.Float[0, 0.9f], Gen.ULong)
            .Sample(
                (logits, temperature, topK, topP, minP, seed) =>
                {
                    var options = Options(logits.Length, new V1.Sampling { Seed = seed, Temperature = temperature, TopK = topK, TopP = topP, MinP = minP });
                    var possible = SlowSampler.Distribution(logits, options, slack: 1e-4);
                    var sampler = new Sampler(logits.Length);
                    return Enumerable.Range(0, 8).All(position => possible[sampler.Choose(logits, options, (ulong)position)] > 0);
                },
                seed: "0000KOIKe1C0",
                iter: 400,
                threads: 1);

    [Fact]
    public void Choose_SamePositionInAnotherSampler_GivesTheSameToken()
    {
        var options = Options(100, new V1.Sampling { Seed = 5, Temperature = 1, TopP = 0.95f });
        var logits = Enumerable.Range(0, 100).Select(static i => (float)Math.Sin(i * 12.9898)).ToArray();
        var used = new Sampler(100);
        for (var position = 0; position < 50; position++)
        {
            Assert.Equal(new Sampler(100).Choose(logits, options, (ulong)position), used.Choose(logits, options, (ulong)position));
        }
    }

    [Theory]
    [InlineData("temperature", -0.1f)]
    [InlineData("temperature", 2.1f)]
    [InlineData("temperature", float.NaN)]
    [InlineData("top_p", 1.1f)]
    [InlineData("min_p", 1f)]
    [InlineData("repetition_penalty", 10.5f)]
    [InlineData("frequency_penalty", 2.5f)]
    [InlineData("presence_penalty", -2.5f)]
    public void Checked_ValueOutOfRange_NamesTheField(string field, float value)
    {
        var sampling = new V1.Sampling();
        V1.Sampling.Descriptor.FindFieldByName(field).Accessor.SetValue(sampling, value);
        var refusal = Assert.Throws<TurnRefusedException>(() => SamplingOptions.Checked(sampling, 10));
        Assert.Equal("invalid", refusal.Problem.Code);
        Assert.Contains("sampling." + field, refusal.Message, StringComparison.Ordinal);
    }

    private static int Choose(float[] logits, V1.Sampling sampling) =>
        new Sampler(logits.Length).Choose(logits, Options(logits.Length, sampling), position: 0);

    private static SamplingOptions Options(int vocabulary, V1.Sampling sampling) => SamplingOptions.Checked(sampling, vocabulary);
}
