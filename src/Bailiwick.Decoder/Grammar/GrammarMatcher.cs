using Bailiwick.Decoder.Sampling;

namespace Bailiwick.Decoder.Grammar;

/// <summary>One turn's place in its grammar: gives the mask for the next token and takes the token chosen.</summary>
internal sealed unsafe class GrammarMatcher : ITurnGrammar
{
    private readonly MatcherHandle _matcher;
    private readonly uint[] _mask;
    private readonly IReadOnlyList<int> _stopIds;

    internal GrammarMatcher(MatcherHandle matcher, int maskWords, IReadOnlyList<int> stopIds)
    {
        _matcher = matcher;
        _stopIds = stopIds;
        _mask = new uint[maskWords];
    }

    public bool Binds => true;

    public bool IsComplete => LlgNative.llg_matcher_is_stopped(_matcher);

    /// <summary>A token that ends the turn is allowed where the grammar accepts.</summary>
    public bool TryMask(out ReadOnlySpan<uint> allowed)
    {
        allowed = _mask;
        if (LlgNative.llg_matcher_get_mask_byte_size(_matcher) != (nuint)_mask.Length * sizeof(uint))
        {
            return false;
        }

        fixed (uint* first = _mask)
        {
            if (LlgNative.llg_matcher_compute_mask_into(_matcher, first, (nuint)_mask.Length * sizeof(uint)) != 0)
            {
                return false;
            }
        }

        // The engine knows one end token; a model may have several that mean the same.
        if (TokenMask.Allows(_mask, _stopIds[0]))
        {
            foreach (var id in _stopIds)
            {
                TokenMask.Allow(_mask, id);
            }
        }

        return true;
    }

    public bool TryAccept(int token) =>
        LlgNative.llg_matcher_consume_token(_matcher, (uint)token) == 0 && !LlgNative.llg_matcher_is_error(_matcher);

    /// <summary>Begins again.</summary>
    internal bool TryReset() => LlgNative.llg_matcher_reset(_matcher) == 0;

    public void Dispose() => _matcher.Dispose();
}
