using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>
/// SentencePiece's unigram model: of all ways to write a piece with tokens, the one with the largest sum of scores
/// (Viterbi; the earlier found stays on a tie).
/// </summary>
internal sealed class UnigramModel : ITokenModel
{
    // As in SentencePiece: an unknown character costs this much more than the worst token.
    private const double UnknownPenalty = 10;

    private readonly CharTrie _trie;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int[]? _byteIds;
    private readonly int? _unknownId;

    /// <summary>Texts and scores by id; what stands for unknown characters (null: they vanish); what no text may give.</summary>
    public UnigramModel(
        IReadOnlyList<(string Text, double Score)> tokens, int? unknownId, bool byteFallback, Func<int, bool> isBlocked)
    {
        _trie = new CharTrie();
        for (var id = 0; id < tokens.Count; id++)
        {
            if (tokens[id].Text.Length > 0 && !isBlocked(id))
            {
                _trie.Add(tokens[id].Text, id);
            }
        }

        _scores = [.. tokens.Select(token => token.Score)];
        _unknownScore = _scores.DefaultIfEmpty(0).Min() - UnknownPenalty;
        _byteIds = byteFallback ? ByteIds() : null;
        _unknownId = unknownId;
    }

    public IPieceEncoder NewEncoder() => new Encoder(this);

    private int[] ByteIds() =>
        [.. Enumerable.Range(0, 256).Select(b => _trie.TryGet(ByteToken.Of((byte)b), out var id) ? id : -1)];

    /// <summary>The best way to reach a place: its last token, where that begins, and the sum of scores.</summary>
    private record struct Step(int Id, int Start, double Score)
    {
        public const int Unknown = -1;
        public const int Unreached = -1;
    }

    private sealed class Encoder(UnigramModel model) : IPieceEncoder
    {
        private readonly List<int> _reversed = [];
        private Step[] _steps = [];

        public void Encode(ReadOnlySpan<char> piece, List<int> ids)
        {
            FindBest(piece);
            _reversed.Clear();
            for (var end = piece.Length; end > 0;)
            {
                var step = _steps[end];
                var start = step.Start;

                // Neighbouring unknown characters are one unknown text.
                while (step.Id == Step.Unknown && start > 0 && _steps[start].Id == Step.Unknown)
                {
                    start = _steps[start].Start;
                }

                AddReversed(step.Id, piece[start..end]);
                end = start;
            }

            for (var i = _reversed.Count - 1; i >= 0; i--)
            {
                ids.Add(_reversed[i]);
            }
        }

        private void FindBest(ReadOnlySpan<char> piece)
        {
            if (_steps.Length <= piece.Length)
            {
                _steps = new Step[(piece.Length + 1) * 2];
            }

            _steps.AsSpan(0, piece.Length + 1).Fill(new Step(Step.Unknown, Step.Unreached, 0));
            for (var at = 0; at < piece.Length;)
            {
                Rune.DecodeFromUtf16(piece[at..], out _, out var characterLength);
                var soFar = _steps[at].Score;
                var hasCharacter = false;
                foreach (var (length, id) in model._trie.Prefixes(piece[at..]))
                {
                    Improve(at + length, new Step(id, at, soFar + model._scores[id]));
                    hasCharacter |= length == characterLength;
                }

                if (!hasCharacter)
                {
                    Improve(at + characterLength, new Step(Step.Unknown, at, soFar + model._unknownScore));
                }

                at += characterLength;
            }
        }

        private void Improve(int end, Step candidate)
        {
            if (_steps[end].Start == Step.Unreached || candidate.Score > _steps[end].Score)
            {
                _steps[end] = candidate;
            }
        }

        private void AddReversed(int id, ReadOnlySpan<char> text)
        {
            if (id != Step.Unknown)
            {
                _reversed.Add(id);
                return;
            }

            if (model._byteIds is { } byteIds)
            {
                var bytes = Encoding.UTF8.GetBytes(text.ToString());
                if (Array.TrueForAll(bytes, b => byteIds[b] >= 0))
                {
                    _reversed.AddRange(bytes.Reverse().Select(b => byteIds[b]));
                    return;
                }
            }

            if (model._unknownId is { } unknown)
            {
                _reversed.Add(unknown);
            }
        }
    }
}
