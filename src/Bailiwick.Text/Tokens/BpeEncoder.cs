using System.Runtime.InteropServices;

namespace Bailiwick.Text.Tokens;

/// <summary>
/// Merges the symbols of one piece, lowest rank first and leftmost among equals, with a queue of the possible merges:
/// O(n log n) for a piece of n characters, however long.
/// </summary>
internal sealed class BpeEncoder(BpeModel model) : IPieceEncoder
{
    private const int LongestRemembered = 32;
    private const int MostRemembered = 32_768;
    private const int None = -1;

    private readonly Dictionary<string, int[]> _seen = [];
    private readonly PriorityQueue<int, long> _queue = new();
    private readonly List<int> _symbols = [];
    private int[] _previous = [];
    private int[] _next = [];

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (model.TryGetWhole(piece, out var whole))
        {
            ids.Add(whole);
            return;
        }

        var seen = _seen.GetAlternateLookup<ReadOnlySpan<char>>();
        if (piece.Length <= LongestRemembered && seen.TryGetValue(piece, out var known))
        {
            ids.AddRange(known);
            return;
        }

        var first = ids.Count;
        _symbols.Clear();
        model.AddSymbols(piece, _symbols);
        MergeAll();
        for (var i = _symbols.Count == 0 ? None : 0; i != None; i = _next[i])
        {
            ids.Add(_symbols[i]);
        }

        if (piece.Length <= LongestRemembered && _seen.Count < MostRemembered)
        {
            _seen.Add(piece.ToString(), CollectionsMarshal.AsSpan(ids)[first..].ToArray());
        }
    }

    private void MergeAll()
    {
        Link(_symbols.Count);
        for (var i = 0; i + 1 < _symbols.Count; i++)
        {
            Offer(i);
        }

        while (_queue.TryDequeue(out var id, out var priority))
        {
            var at = (int)(priority & 0x7FFF_FFFF);

            // The neighbours may have changed since the offer: then another offer stands for what they are now.
            if (_symbols[at] == None || _next[at] == None
                || !model.TryMerge(_symbols[at], _symbols[_next[at]], out var merge) || merge.Id != id)
            {
                continue;
            }

            var absorbed = _next[at];
            _symbols[at] = id;
            _symbols[absorbed] = None;
            _next[at] = _next[absorbed];
            if (_next[at] != None)
            {
                _previous[_next[at]] = at;
                Offer(at);
            }

            if (_previous[at] != None)
            {
                Offer(_previous[at]);
            }
        }
    }

    private void Offer(int at)
    {
        if (model.TryMerge(_symbols[at], _symbols[_next[at]], out var merge))
        {
            _queue.Enqueue(merge.Id, ((long)merge.Rank << 31) | (uint)at);
        }
    }

    private void Link(int count)
    {
        if (_next.Length < count)
        {
            (_previous, _next) = (new int[count * 2], new int[count * 2]);
        }

        for (var i = 0; i < count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1 < count ? i + 1 : None;
        }
    }
}
