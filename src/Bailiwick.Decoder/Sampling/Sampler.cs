using System.Numerics.Tensors;

namespace Bailiwick.Decoder.Sampling;

/// <summary>
/// Chooses a token from logits that mask, bias and penalties have been applied to: temperature, top-k, top-p, min-p,
/// one draw. All truncations keep a prefix of the tokens from the likeliest downwards, each renormalised over what the
/// one before it left. The choice depends on logits, options and position alone. Holds scratch memory; one thread.
/// </summary>
internal sealed class Sampler(int vocabulary)
{
    // Sums over blocks are kept as double, so that a long tail of small weights is not lost in a float.
    private const int BlockTokens = 1024;

    private readonly float[] _weights = new float[vocabulary];
    private readonly double[] _blockSums = new double[(vocabulary + BlockTokens - 1) / BlockTokens];
    private readonly int[] _keptIds = new int[vocabulary];
    private readonly double[] _keptWeights = new double[vocabulary];
    private readonly Candidates _candidates = new(vocabulary);

    internal const int None = -1;

    /// <summary>
    /// Replaces what no later step could order: NaN counts as impossible, infinity as the largest number. Comes after
    /// mask, bias and penalties, which can themselves make an infinity.
    /// </summary>
    internal static void Sanitise(Span<float> logits)
    {
        foreach (ref var logit in logits)
        {
            logit = float.IsNaN(logit) ? float.NegativeInfinity : Math.Min(logit, float.MaxValue);
        }
    }

    /// <returns>The token's id; <see cref="None"/> when every logit is -infinity.</returns>
    /// <param name="logits">May hold anything; what cannot be ordered is replaced (<see cref="Sanitise"/>).</param>
    /// <param name="options">Checked settings.</param>
    /// <param name="position">Index of the token in the answer.</param>
    internal int Choose(Span<float> logits, SamplingOptions options, ulong position)
    {
        // One pass tells: where there is a NaN, IndexOfMax gives that.
        var likeliest = IndexOfFirstMax(logits);
        if (!float.IsFinite(logits[likeliest]))
        {
            Sanitise(logits);
            likeliest = IndexOfFirstMax(logits);
        }

        var largest = logits[likeliest];
        if (float.IsNegativeInfinity(largest))
        {
            return None;
        }

        if (options.IsGreedy || options.TopK == 1)
        {
            return likeliest;
        }

        var uniform = Philox.Uniform(options.Seed, position);
        return options is { TopK: 0, TopP: 1, MinP: 0 }
            ? DrawFromAll(logits, largest, options.Temperature, uniform)
            : DrawFromKept(Truncate(logits, largest, options), uniform);
    }

    // TensorPrimitives orders -0 before +0; ties go to the lowest id here, and -0 equals +0.
    private static int IndexOfFirstMax(ReadOnlySpan<float> logits)
    {
        var index = TensorPrimitives.IndexOfMax(logits);
        return logits[index] == 0 ? logits.IndexOf(0f) : index;
    }

    private double WeighAll(ReadOnlySpan<float> logits, float largest, float temperature)
    {
        TensorPrimitives.Subtract(logits, largest, _weights);
        TensorPrimitives.Divide(_weights, temperature, _weights);
        TensorPrimitives.Exp(_weights, _weights);
        var total = 0.0;
        for (var block = 0; block < _blockSums.Length; block++)
        {
            _blockSums[block] = TensorPrimitives.Sum<float>(Block(block));
            total += _blockSums[block];
        }

        return total;
    }

    private ReadOnlySpan<float> Block(int block)
    {
        var start = block * BlockTokens;
        return _weights.AsSpan(start, Math.Min(BlockTokens, _weights.Length - start));
    }

    private int DrawFromAll(ReadOnlySpan<float> logits, float largest, float temperature, double uniform)
    {
        var left = uniform * WeighAll(logits, largest, temperature);
        var last = None;
        for (var block = 0; block < _blockSums.Length; block++)
        {
            if (left >= _blockSums[block])
            {
                left -= _blockSums[block];
                continue;
            }

            var inBlock = Block(block);
            for (var i = 0; i < inBlock.Length; i++)
            {
                if (inBlock[i] > 0)
                {
                    last = (block * BlockTokens) + i;
                    left -= inBlock[i];
                    if (left < 0)
                    {
                        return last;
                    }
                }
            }
        }

        // Rounding left a crumb after the last token that has weight.
        return last != None ? last : IndexOfFirstMax(logits);
    }

    // Fills keptIds and keptWeights, likeliest first; gives how many are kept, at least one.
    private int Truncate(ReadOnlySpan<float> logits, float largest, SamplingOptions options)
    {
        var kept = options.TopK > 0
            ? KeepLargest(logits, largest, options)
            : KeepByMass(logits, largest, options);
        if (options.MinP > 0)
        {
            while (kept > 1 && _keptWeights[kept - 1] < options.MinP)
            {
                kept--;
            }
        }

        return kept;
    }

    private int KeepLargest(ReadOnlySpan<float> logits, float largest, SamplingOptions options)
    {
        _candidates.FillLargest(logits, options.TopK);
        var (kept, mass) = Take(options.TopK, double.PositiveInfinity, largest, options.Temperature);
        return options.TopP < 1 ? Nucleus(kept, options.TopP * mass) : kept;
    }

    private int KeepByMass(ReadOnlySpan<float> logits, float largest, SamplingOptions options)
    {
        // What min-p would drop anyway, and what together holds less than 1 - top_p, need not be ordered. In weights
        // (the likeliest has 1): min_p, and (1 - top_p) of the total shared out among all tokens.
        var smallest = options.MinP;
        var nucleus = double.PositiveInfinity;
        if (options.TopP < 1)
        {
            var total = WeighAll(logits, largest, options.Temperature);
            nucleus = options.TopP * total;
            smallest = MathF.Max(smallest, (float)((1 - options.TopP) * total / vocabulary));
        }

        // A little lower than exact: rounding must not drop a token that the exact test would keep.
        var cut = largest + (options.Temperature * (MathF.Log(MathF.Min(smallest, 1)) - 1e-3f));
        _candidates.FillFrom(logits, cut);
        return Take(vocabulary, nucleus, largest, options.Temperature).Kept;
    }

    private (int Kept, double Mass) Take(int most, double untilMass, float largest, float temperature)
    {
        var mass = 0.0;
        var kept = 0;
        while (kept < most && mass < untilMass && _candidates.TryTake(out var id, out var logit))
        {
            _keptIds[kept] = id;
            _keptWeights[kept] = Math.Exp((logit - largest) / (double)temperature);
            mass += _keptWeights[kept];
            kept++;
        }

        return (kept, mass);
    }

    private int Nucleus(int kept, double untilMass)
    {
        var mass = 0.0;
        for (var i = 0; i < kept; i++)
        {
            mass += _keptWeights[i];
            if (mass >= untilMass)
            {
                return i + 1;
            }
        }

        return kept;
    }

    private int DrawFromKept(int kept, double uniform)
    {
        var left = uniform * TensorPrimitives.Sum<double>(_keptWeights.AsSpan(0, kept));
        for (var i = 0; i < kept; i++)
        {
            left -= _keptWeights[i];
            if (left < 0)
            {
                return _keptIds[i];
            }
        }

        return _keptIds[kept - 1];
    }
}
