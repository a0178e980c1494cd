using System.Globalization;
using Bailiwick.Decoder.Loop;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Sampling;

/// <summary>A turn's sampling settings after every bound of decoder.proto has been checked; "off" has one spelling here.</summary>
internal sealed record SamplingOptions
{
    internal static readonly SamplingOptions Greedy = new();

    /// <summary>Seed of the draws; any value.</summary>
    internal ulong Seed { get; private init; }

    /// <summary>0 = greedy; else in (0, 2].</summary>
    internal float Temperature { get; private init; }

    /// <summary>0 = off.</summary>
    internal int TopK { get; private init; }

    /// <summary>In (0, 1]; 1 = off.</summary>
    internal float TopP { get; private init; } = 1;

    /// <summary>In [0, 1); 0 = off.</summary>
    internal float MinP { get; private init; }

    /// <summary>In (0, 10]; 1 = off.</summary>
    internal float RepetitionPenalty { get; private init; } = 1;

    /// <summary>In [-2, 2]; 0 = off.</summary>
    internal float FrequencyPenalty { get; private init; }

    /// <summary>In [-2, 2]; 0 = off.</summary>
    internal float PresencePenalty { get; private init; }

    /// <summary>Token id and what is added to its logit, in [-100, 100].</summary>
    internal IReadOnlyList<KeyValuePair<int, float>> LogitBias { get; private init; } = [];

    internal bool IsGreedy => Temperature == 0;

    /// <exception cref="TurnRefusedException">The sentence names the field and its range.</exception>
    internal static SamplingOptions Checked(V1.Sampling? sampling, int vocabulary)
    {
        if (sampling is null)
        {
            return Greedy;
        }

        Require(sampling.Temperature is >= 0 and <= 2, "temperature", sampling.Temperature, "0 to 2");
        Require(sampling.TopK >= 0, "top_k", sampling.TopK, "0 or more");
        Require(sampling.TopP is >= 0 and <= 1, "top_p", sampling.TopP, "0 to 1");
        Require(sampling.MinP is >= 0 and < 1, "min_p", sampling.MinP, "0 to below 1");
        Require(sampling.RepetitionPenalty is >= 0 and <= 10, "repetition_penalty", sampling.RepetitionPenalty, "0 to 10");
        Require(sampling.FrequencyPenalty is >= -2 and <= 2, "frequency_penalty", sampling.FrequencyPenalty, "-2 to 2");
        Require(sampling.PresencePenalty is >= -2 and <= 2, "presence_penalty", sampling.PresencePenalty, "-2 to 2");
        foreach (var (id, bias) in sampling.LogitBias)
        {
            Require(id >= 0 && id < vocabulary, "logit_bias (token id)", id, $"0 to {vocabulary - 1}");
            Require(bias is >= -100 and <= 100, "logit_bias", bias, "-100 to 100");
        }

        return new SamplingOptions
        {
            Seed = sampling.Seed,
            Temperature = sampling.Temperature,
            TopK = sampling.TopK >= vocabulary ? 0 : sampling.TopK,
            TopP = sampling.TopP == 0 ? 1 : sampling.TopP,
            MinP = sampling.MinP,
            RepetitionPenalty = sampling.RepetitionPenalty == 0 ? 1 : sampling.RepetitionPenalty,
            FrequencyPenalty = sampling.FrequencyPenalty,
            PresencePenalty = sampling.PresencePenalty,
            LogitBias = [.. sampling.LogitBias],
        };
    }

    // NaN fails every range above, since no comparison with it holds.
    private static void Require<T>(bool holds, string field, T value, string range)
    {
        if (!holds)
        {
            throw new TurnRefusedException(Problems.Invalid(
                string.Create(CultureInfo.InvariantCulture, $"sampling.{field} is {value}, it must be in {range}.")));
        }
    }
}
