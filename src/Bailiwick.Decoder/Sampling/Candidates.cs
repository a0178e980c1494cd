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

    private readonly float[] _blockMaxima;
    private readonly float[] _sortedMaxima;
    private readonly float[] _values;
    private readonly int[] _ids;
    private int _count;

    internal Candidates(int vocabulary)
    {
        _values = new float[vocabulary];
        _ids = new int[vocabulary];
        _blockMaxima = new float[(vocabulary + BlockTokens - 1) / BlockTokens];
        _sortedMaxima = new float[_blockMaxima.Length];
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
        if (most <= _blockMaxima.Length)
        {
            _blockMaxima.CopyTo(_sortedMaxima, 0);
            Array.Sort(_sortedMaxima);
            cut = _sortedMaxima[^most];
        }

        Gather(logits, cut);
    }

    /// <summary>Takes the likeliest remaining token.</summary>
    internal bool TryTake(out int id, out float logit)
    {
        if (_count == 0)
        {
            (id, logit) = (-1, float.NegativeInfinity);
            return false;
        }

        (id, logit) = (_ids[0], _values[0]);
        _count--;
        (_ids[0], _values[0]) = (_ids[_count], _values[_count]);
        SiftDown(0);
        return true;
    }

    private void FindMaxima(ReadOnlySpan<float> logits)
    {
        for (var block = 0; block < _blockMaxima.Length; block++)
        {
            var start = block * BlockTokens;
            _blockMaxima[block] = TensorPrimitives.Max(logits.Slice(start, Math.Min(BlockTokens, logits.Length - start)));
        }
    }

    private void Gather(ReadOnlySpan<float> logits, float cut)
    {
        _count = 0;
        for (var block = 0; block < _blockMaxima.Length; block++)
        {
            if (_blockMaxima[block] < cut)
            {
                continue;
            }

            var end = Math.Min((block + 1) * BlockTokens, logits.Length);
            for (var id = block * BlockTokens; id < end; id++)
            {
                if (logits[id] >= cut && !float.IsNegativeInfinity(logits[id]))
                {
                    (_ids[_count], _values[_count]) = (id, logits[id]);
                    _count++;
                }
            }
        }

        for (var node = (_count / 2) - 1; node >= 0; node--)
        {
            SiftDown(node);
        }
    }

    private void SiftDown(int node)
    {
        while (true)
        {
            var child = (2 * node) + 1;
            if (child >= _count)
            {
                return;
            }

            if (child + 1 < _count && Precedes(child + 1, child))
            {
                child++;
            }

            if (!Precedes(child, node))
            {
                return;
            }

            (_ids[node], _ids[child]) = (_ids[child], _ids[node]);
            (_values[node], _values[child]) = (_values[child], _values[node]);
            node = child;
        }
    }

    private bool Precedes(int left, int right) =>
        _values[left] > _values[right] || (_values[left] == _values[right] && _ids[left] < _ids[right]);
}
