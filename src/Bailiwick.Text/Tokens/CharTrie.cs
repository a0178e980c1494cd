namespace Bailiwick.Text.Tokens;

/// <summary>A prefix tree over UTF-16 code units: which of the stored words begin at a place of a text?</summary>
/// <remarks>Immutable after the last <see cref="Add"/>, then safe to share between threads.</remarks>
internal sealed class CharTrie
{
    // Some ten times what the largest published vocabulary needs.
    private const int MostNodes = 1 << 24;
    private const int Root = 0;
    private readonly Dictionary<long, int> _edges = [];
    private readonly List<int> _values = [-1];

    /// <summary>Stores a word with a value from 0 up; the first value of a word stays.</summary>
    public void Add(string word, int value)
    {
        var node = Root;
        foreach (var c in word)
        {
            var edge = Edge(node, c);
            if (!_edges.TryGetValue(edge, out var next))
            {
                next = _values.Count;
                if (next == MostNodes)
                {
                    throw new TokenizerFormatException("the tokens have too many characters together");
                }

                _values.Add(-1);
                _edges.Add(edge, next);
            }

            node = next;
        }

        if (_values[node] < 0)
        {
            _values[node] = value;
        }
    }

    public bool TryGet(string word, out int value)
    {
        var node = Root;
        foreach (var c in word)
        {
            if (!_edges.TryGetValue(Edge(node, c), out node))
            {
                value = -1;
                return false;
            }
        }

        value = _values[node];
        return value >= 0;
    }

    /// <summary>The longest word at the start of the text: its length, or 0.</summary>
    public int Longest(ReadOnlySpan<char> text, out int value)
    {
        value = -1;
        var longest = 0;
        foreach (var (length, found) in Prefixes(text))
        {
            (longest, value) = (length, found);
        }

        return longest;
    }

    /// <summary>All words at the start of the text, shortest first.</summary>
    public PrefixEnumerator Prefixes(ReadOnlySpan<char> text) => new(this, text);

    private static long Edge(int node, char c) => ((long)node << 16) | c;

    public ref struct PrefixEnumerator
    {
        private readonly CharTrie _trie;
        private readonly ReadOnlySpan<char> _text;
        private int _node;
        private int _length;

        internal PrefixEnumerator(CharTrie trie, ReadOnlySpan<char> text)
        {
            _trie = trie;
            _text = text;
            _node = Root;
        }

        public (int Length, int Value) Current { get; private set; }

        public readonly PrefixEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_length < _text.Length && _trie._edges.TryGetValue(Edge(_node, _text[_length]), out _node))
            {
                _length++;
                if (_trie._values[_node] is >= 0 and var value)
                {
                    Current = (_length, value);
                    return true;
                }
            }

            _length = _text.Length;
            return false;
        }
    }
}
