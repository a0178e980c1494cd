namespace Bailiwick.Decoder.Sampling;

/// <summary>
/// One turn's bias and penalties, and the tokens they depend on. Order: logit_bias, repetition (CTRL, Keskar et al.
/// 2019, arXiv:1909.05858: over prompt and answer), frequency and presence (over the answer).
/// </summary>
internal sealed class Penalties
{
    private readonly SamplingOptions options;
    private readonly HashSet<int>? seen;
    private readonly Dictionary<int, int>? answered;

    internal Penalties(SamplingOptions options, IEnumerable<int> prompt)
    {
        this.options = options;
        if (options.RepetitionPenalty != 1)
        {
            seen = [.. prompt];
        }

        if (options.FrequencyPenalty != 0 || options.PresencePenalty != 0)
        {
            answered = [];
        }
    }

    /// <summary>Counts a token of the answer.</summary>
    internal void Count(int token)
    {
        seen?.Add(token);
        if (answered is not null)
        {
            answered[token] = answered.GetValueOrDefault(token) + 1;
        }
    }

    internal void Apply(Span<float> logits)
    {
        foreach (var (id, bias) in options.LogitBias)
        {
            logits[id] += bias;
        }

        if (seen is not null)
        {
            foreach (var id in seen)
            {
                logits[id] = logits[id] > 0 ? logits[id] / options.RepetitionPenalty : logits[id] * options.RepetitionPenalty;
            }
        }

        if (answered is not null)
        {
            foreach (var (id, count) in answered)
            {
                logits[id] -= (count * options.FrequencyPenalty) + options.PresencePenalty;
            }
        }
    }
}
