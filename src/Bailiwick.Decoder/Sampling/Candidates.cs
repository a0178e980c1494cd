using System.Numerics.Tensors;

namespace Bailiwick.Decoder.Sampling;

/// <summary>
/// Gives the tokens of one logit array from the most likely downwards, without sorting all of them: a cut drops what
/// cannot be reached, the rest is a heap. Equal logits come in the order of their ids, so the result is one.
/// </summary>
internal sealed class Candidates
{
    // Small enough that the maxima of all blocks bound a usual top_k closely, large enough for whole vectors.
    private const int BlockTokens = 64;

    private readonly float[] blockMaxima;
    private readonly float[] sortedMaxima;
    private readonly float[] values;
    private readonly int[] ids;
    private int count;

    internal Candidates(int vocabulary)
    {
        values = new float[vocabulary];
        ids = new int[vocabulary];
        blockMaxima = new float[(vocabulary + BlockTokens - 1) / BlockTokens];
        sortedMaxima = new float[blockMaxima.Length];
    }

    /// <summary>Fills the heap with the tokens whose logit is at least <paramref name="cut"/>; -infinity never counts.</summary>
    internal void FillFrom(ReadOnlySpan<float> logits, float cut)
    {
        FindMaxima(logits);
        Gather(logits, cut);
    }

    /// <summary>Fills the heap with at least the <paramref name="most"/> likeliest tokens.</summary>
    internal void FillLargest(ReadOnlySpan<float> logits, int most)
    {
        FindMaxima(logits);

        // The most-th largest block maximum is a logit that at least that many tokens reach.
        var cut = float.NegativeInfinity;
        if (most <= blockMaxima.Length)
        {
            blockMaxima.CopyTo(sortedMaxima, 0);
            Array.Sort(sortedMaxima);
            cut = sortedMaxima[^most];
        }

        Gather(logits, cut);
    }

    /// <summary>Takes the likeliest remaining token.</summary>
    internal bool TryTake(out int id, out float logit)
    {
        if (count == 0)
        {
            (id, logit) = (-1, float.NegativeInfinity);
            return false;
        }

        (id, logit) = (ids[0], values[0]);
        count--;
        (ids[0], values[0]) = (ids[count], values[count]);
        SiftDown(0);
        return true;
    }

    private void FindMaxima(ReadOnlySpan<float> logits)
    {
        for (var block = 0; block < blockMaxima.Length; block++)
        {
            var start = block * BlockTokens;
            blockMaxima[block] = TensorPrimitives.Max(logits.Slice(start, Math.Min(BlockTokens, logits.Length - start)));
        }
    }

    private void Gather(ReadOnlySpan<float> logits, float cut)
    {
        count = 0;
        for (var block = 0; block < blockMaxima.Length; block++)
        {
            if (blockMaxima[block] < cut)
            {
                continue;
            }

            var end = Math.Min((block + 1) * BlockTokens, logits.Length);
            for (var id = block * BlockTokens; id < end; id++)
            {
                if (logits[id] >= cut && !float.IsNegativeInfinity(logits[id]))
                {
                    (ids[count], values[count]) = (id, logits[id]);
                    count++;
                }
            }
        }

        for (var node = (count / 2) - 1; node >= 0; node--)
        {
            SiftDown(node);
        }
    }

    private void SiftDown(int node)
    {
        while (true)
        {
            var child = (2 * node) + 1;
            if (child >= count)
            {
                return;
            }

            if (child + 1 < count && Precedes(child + 1, child))
            {
                child++;
            }

            if (!Precedes(child, node))
            {
                return;
            }

            (ids[node], ids[child]) = (ids[child], ids[node]);
            (values[node], values[child]) = (values[child], values[node]);
            node = child;
        }
    }

    private bool Precedes(int left, int right) =>
        values[left] > values[right] || (values[left] == values[right] && ids[left] < ids[right]);
}
