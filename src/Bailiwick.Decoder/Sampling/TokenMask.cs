namespace Bailiwick.Decoder.Sampling;

/// <summary>A set of allowed tokens, one bit each: token i is bit i % 32 of word i / 32.</summary>
internal static class TokenMask
{
    private const int WordBits = 32;

    internal static int Words(int vocabulary) => (vocabulary + WordBits - 1) / WordBits;

    internal static bool Allows(ReadOnlySpan<uint> mask, int token) => (mask[token / WordBits] >> (token % WordBits) & 1) != 0;

    internal static void Allow(Span<uint> mask, int token) => mask[token / WordBits] |= 1u << (token % WordBits);

    /// <summary>Makes every token that is not allowed impossible. Comes first: truncation must count allowed tokens only.</summary>
    internal static void Apply(ReadOnlySpan<uint> mask, Span<float> logits)
    {
        for (var word = 0; word < mask.Length; word++)
        {
            var start = word * WordBits;
            var inWord = logits.Slice(start, Math.Min(WordBits, logits.Length - start));
            if (mask[word] == 0)
            {
                inWord.Fill(float.NegativeInfinity);
            }
            else if (mask[word] != uint.MaxValue)
            {
                Clear(mask[word], inWord);
            }
        }
    }

    private static void Clear(uint allowed, Span<float> logits)
    {
        for (var bit = 0; bit < logits.Length; bit++)
        {
            if ((allowed >> bit & 1) == 0)
            {
                logits[bit] = float.NegativeInfinity;
            }
        }
    }
}
