namespace Bailiwick.Decoder.Sampling;

/// <summary>
/// One turn's bias and penalties, and the tokens they depend on. Order: logit_bias, repetition (CTRL, Keskar et al.
/// 2019, arXiv:1909.05858: over prompt and answer), frequency and presence (over the answer).
/// </summary>
internal sealed class Penalties
{
    private readonly SamplingOptions _options;
    private readonly HashSet<int>? _seen;
    private readonly Dictionary<int, int>? _answered;

    internal Penalties(SamplingOptions options, IEnumerable<int> prompt)
    {
        _options = options;
        if (options.RepetitionPenalty != 1)
        {
            _seen = [.. prompt];
        }

        if (options.FrequencyPenalty != 0 || options.PresencePenalty != 0)
        {
            _answered = [];
        }
    }

    /// <summary>Counts a token of the answer.</summary>
    internal void Count(int token)
    {
        _seen?.Add(token);
        if (_answered is not null)
        {
            _answered[token] = _answered.GetValueOrDefault(token) + 1;
        }
    }

    internal void Apply(Span<float> logits)
    {
        foreach (var (id, bias) in _options.LogitBias)
        {
            logits[id] += bias;
        }

        if (_seen is not null)
        {
            foreach (var id in _seen)
            {
                logits[id] = logits[id] > 0 ? logits[id] / _options.RepetitionPenalty : logits[id] * _options.RepetitionPenalty;
            }
        }

        if (_answered is not null)
        {
            foreach (var (id, count) in _answered)
            {
                logits[id] -= (count * _options.FrequencyPenalty) + _options.PresencePenalty;
            }
        }
    }
}
