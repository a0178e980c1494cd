using System.Numerics.Tensors;

namespace Bailiwick.Decoder.Sampling;

/// <summary>
/// Natural-log probabilities of the distribution that the sampler starts from: after mask, bias and penalties, before
/// temperature and truncation. So a forced or greedy answer has the same figures as a drawn one. Holds scratch memory.
/// </summary>
internal sealed class LogProbabilities(int vocabulary)
{
    private readonly float[] _weights = new float[vocabulary];
    private readonly Candidates _candidates = new(vocabulary);
    private readonly List<(int Id, float LogProbability)> _top = [];

    /// <summary>ln of the sum of exp over all logits: a token's log-probability is its logit less this.</summary>
    internal double Normaliser(ReadOnlySpan<float> logits)
    {
        var largest = TensorPrimitives.Max(logits);
        TensorPrimitives.Subtract(logits, largest, _weights);
        TensorPrimitives.Exp(_weights, _weights);
        return largest + Math.Log(TensorPrimitives.Sum<float>(_weights));
    }

    /// <summary>The likeliest tokens, best first, ties by id; fewer where fewer are possible. Valid until the next call.</summary>
    internal IReadOnlyList<(int Id, float LogProbability)> Top(ReadOnlySpan<float> logits, int count, double normaliser)
    {
        _top.Clear();
        _candidates.FillLargest(logits, count);
        while (_top.Count < count && _candidates.TryTake(out var id, out var logit))
        {
            _top.Add((id, (float)(logit - normaliser)));
        }

        return _top;
    }
}
