using System.Numerics.Tensors;

namespace Bailiwick.Tests.Models;

/// <summary>Sums over rows of logits, in double where they add up.</summary>
internal static class Logits
{
    public static ReadOnlySpan<float> Row(float[] logits, int row, int width) => logits.AsSpan(row * width, width);

    public static ReadOnlySpan<float> LastRow(float[] logits, int width) => logits.AsSpan(logits.Length - width);

    public static int ArgMax(ReadOnlySpan<float> row) => TensorPrimitives.IndexOfMax(row);

    /// <summary>ln of the sum of exponentials: a logit less this is a log-probability.</summary>
    public static double LogSum(ReadOnlySpan<float> row)
    {
        var max = TensorPrimitives.Max(row);
        var sum = 0.0;
        foreach (var logit in row) sum += Math.Exp(logit - max);
        return max + Math.Log(sum);
    }
}
