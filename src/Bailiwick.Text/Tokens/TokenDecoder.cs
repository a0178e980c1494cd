using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>The bytes that each token stands for, and what is special about the start of a text.</summary>
internal sealed class TokenDecoder
{
    private readonly Vocabulary _vocabulary;
    private readonly DecoderChain _chain;
    private readonly byte[]?[] _bytes;

    public TokenDecoder(Vocabulary vocabulary, DecoderChain chain)
    {
        _vocabulary = vocabulary;
        _chain = chain;
        _bytes = [.. Enumerable.Range(0, vocabulary.Size).Select(id => Decode(id, chain.Rewrites))];
        Strip = Encoding.UTF8.GetBytes(chain.StripContent);
    }

    /// <summary>Bytes removed where the text begins, up to <see cref="StripCount"/> times.</summary>
    public byte[] Strip { get; }

    public int StripCount => _chain.StripCount;

    /// <summary>The bytes of a token inside a text, or null for an id without a token.</summary>
    public byte[]? Bytes(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : null;

    /// <summary>The bytes of a token that begins a text.</summary>
    public byte[]? FirstBytes(int id) => _chain.FirstRewrites.Count == 0 ? Bytes(id) : Decode(id, _chain.FirstRewrites);

    private byte[]? Decode(int id, IReadOnlyList<Func<string, string>> rewrites)
    {
        if (_vocabulary.Text(id) is not { } text)
        {
            return null;
        }

        var added = _vocabulary.Added(id);
        if (added is { Special: true })
        {
            return Encoding.UTF8.GetBytes(text);
        }

        if (_chain.ByteLevel)
        {
            // Added tokens are ordinary text, which the byte alphabet would spell otherwise.
            return added is null ? FromAlphabet(text) : Encoding.UTF8.GetBytes(text);
        }

        text = rewrites.Aggregate(text, (current, rewrite) => rewrite(current));
        return _chain.ByteFallback && ByteToken.TryParse(text, out var value) ? [value] : Encoding.UTF8.GetBytes(text);
    }

    private static byte[] FromAlphabet(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!ByteAlphabet.TryToByte(token[i], out bytes[i]))
            {
                return Encoding.UTF8.GetBytes(token);
            }
        }

        return bytes;
    }
}
