namespace Bailiwick.Tests.Decoder.Sampling;

/// <summary>Pearson's goodness-of-fit test with the Wilson-Hilferty bound at five standard deviations.</summary>
internal static class ChiSquare
{
    private const double Deviations = 5;

    internal static void AssertFits(IReadOnlyList<int> observed, IEnumerable<double> probabilities)
    {
        var draws = observed.Sum();
        var statistic = 0.0;
        var classes = 0;
        foreach (var (count, probability) in observed.Zip(probabilities))
        {
            if (probability == 0)
            {
                Assert.Equal(0, count);
                continue;
            }

            var expected = draws * probability;
            statistic += (count - expected) * (count - expected) / expected;
            classes++;
        }

        var freedom = Math.Max(1, classes - 1);
        var spread = 2.0 / (9 * freedom);
        var bound = freedom * Math.Pow(1 - spread + (Deviations * Math.Sqrt(spread)), 3);
        Assert.True(statistic <= bound, $"chi-square {statistic:F1} above {bound:F1} with {freedom} degrees of freedom");
    }
}
