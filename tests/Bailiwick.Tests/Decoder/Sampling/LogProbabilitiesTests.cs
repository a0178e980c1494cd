using Bailiwick.Decoder.Sampling;

namespace Bailiwick.Tests.Decoder.Sampling;

public sealed class LogProbabilitiesTests
{
    [Fact]
    public void Normaliser_OfAllTokens_MakesProbabilitiesSumToOne()
    {
        float[] logits = [1f, -2f, 30f, 29.5f, float.NegativeInfinity];
        var normaliser = new LogProbabilities(logits.Length).Normaliser(logits);
        Assert.Equal(1, logits.Sum(logit => Math.Exp(logit - normaliser)), 1e-6);
    }

    [Fact]
    public void Top_WithTiesAndImpossibleTokens_GivesBestFirstAndNoMore()
    {
        float[] logits = [1f, 3f, 1f, float.NegativeInfinity];
        var probabilities = new LogProbabilities(logits.Length);
        var top = probabilities.Top(logits, 4, probabilities.Normaliser(logits));
        Assert.Equal([1, 0, 2], top.Select(static token => token.Id));
        Assert.Equal(-2, top[1].LogProbability - top[0].LogProbability, 1e-5);
    }

    [Fact]
    public void Top_OfManyTokens_EqualsTheSortedStart()
    {
        var logits = Enumerable.Range(0, 5000).Select(static i => (float)Math.Sin(i * 78.233) * 9).ToArray();
        var top = new LogProbabilities(logits.Length).Top(logits, 20, 0).Select(static token => token.Id);
        Assert.Equal(Enumerable.Range(0, 5000).OrderByDescending(id => logits[id]).ThenBy(static id => id).Take(20), top);
    }
}
