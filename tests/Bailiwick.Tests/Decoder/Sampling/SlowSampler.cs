using Bailiwick.Decoder.Sampling;

namespace Bailiwick.Tests.Decoder.Sampling;

/// <summary>The sampler's definition, written for reading: sort everything, renormalise after each truncation.</summary>
internal static class SlowSampler
{
    /// <param name="logits">Without NaN.</param>
    /// <param name="options">Temperature above 0.</param>
    /// <param name="slack">Widens every truncation by this much, for comparing across roundings.</param>
    internal static double[] Distribution(float[] logits, SamplingOptions options, double slack = 0)
    {
        var largest = logits.Max();
        var kept = logits
            .Select((logit, id) => (Id: id, Logit: logit, Weight: Math.Exp((logit - largest) / (double)options.Temperature)))
            .Where(static token => token.Weight > 0)
            .OrderByDescending(static token => token.Logit).ThenBy(static token => token.Id)
            .ToList();
        if (options.TopK > 0)
        {
            kept = [.. kept.Take(options.TopK)];
        }

        if (options.TopP < 1)
        {
            var total = kept.Sum(static token => token.Weight);
            var before = 0.0;
            kept = [.. kept.TakeWhile(token =>
            {
                var keep = before < (options.TopP + slack) * total;
                before += token.Weight;
                return keep;
            })];
        }

        kept = [.. kept.Where((token, rank) => rank == 0 || token.Weight >= options.MinP - slack)];
        var mass = kept.Sum(static token => token.Weight);
        var distribution = new double[logits.Length];
        foreach (var (id, _, weight) in kept)
        {
            distribution[id] = weight / mass;
        }

        return distribution;
    }
}
