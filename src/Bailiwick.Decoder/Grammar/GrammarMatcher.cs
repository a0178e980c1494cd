using Bailiwick.Decoder.Sampling;

namespace Bailiwick.Decoder.Grammar;

/// <summary>One turn's place in its grammar: gives the mask for the next token and takes the token chosen.</summary>
internal sealed unsafe class GrammarMatcher : IDisposable
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

    /// <summary>Nothing but the end may follow.</summary>
    internal bool IsComplete => LlgNative.llg_matcher_is_stopped(_matcher);

    /// <summary>The tokens that may come next; a token that ends the turn where the grammar accepts. Valid until the next call.</summary>
    /// <returns>False when the engine gave up, for one of its limits; its reason quotes output and is not passed on.</returns>
    internal bool TryMask(out ReadOnlySpan<uint> allowed)
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

    /// <summary>Goes on by one token of the answer.</summary>
    /// <returns>False when the grammar does not allow it.</returns>
    internal bool TryAccept(int token) =>
        LlgNative.llg_matcher_consume_token(_matcher, (uint)token) == 0 && !LlgNative.llg_matcher_is_error(_matcher);

    public void Dispose() => _matcher.Dispose();
}
