using Bailiwick.Decoder.Sampling;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Tests.Decoder.Sampling;

public sealed class PenaltiesTests
{
    [Fact]
    public void Apply_RepetitionPenalty_DividesPositiveAndMultipliesNegativeOfPromptAndAnswerOnce()
    {
        var penalties = Of(new V1.Sampling { RepetitionPenalty = 2 }, prompt: [0, 0, 1]);
        penalties.Count(2);
        penalties.Count(2);
        Assert.Equal([2f, -6f, 0.5f, 7f], Applied(penalties, [4f, -3f, 1f, 7f]));
    }

    [Fact]
    public void Apply_FrequencyAndPresence_CountTheAnswerOnly()
    {
        var penalties = Of(new V1.Sampling { FrequencyPenalty = 0.5f, PresencePenalty = 1 }, prompt: [0]);
        penalties.Count(1);
        penalties.Count(1);
        penalties.Count(2);
        Assert.Equal([1f, -1f, -0.5f, 1f], Applied(penalties, [1f, 1f, 1f, 1f]));
    }

    [Fact]
    public void Apply_Bias_ComesBeforeRepetition()
    {
        var sampling = new V1.Sampling { RepetitionPenalty = 2 };
        sampling.LogitBias.Add(0, 3);
        Assert.Equal([2f], Applied(Of(sampling, prompt: [0]), [1f]));
    }

    [Fact]
    public void Apply_MaskedTokenWithLargestBias_StaysImpossible()
    {
        var sampling = new V1.Sampling { RepetitionPenalty = 0.1f, FrequencyPenalty = -2 };
        sampling.LogitBias.Add(0, 100);
        var penalties = Of(sampling, prompt: [0]);
        penalties.Count(0);
        Assert.Equal([float.NegativeInfinity], Applied(penalties, [float.NegativeInfinity]));
    }

    private static Penalties Of(V1.Sampling sampling, int[] prompt) => new(SamplingOptions.Checked(sampling, 8), prompt);

    private static float[] Applied(Penalties penalties, float[] logits)
    {
        penalties.Apply(logits);
        return logits;
    }
}
