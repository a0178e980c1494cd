namespace Bailiwick.Decoder.Loop;

/// <summary>
/// Cuts a prompt into pieces for prefill. A forward pass over one token rounds differently from one over two or more
/// (other kernels), so no piece has one token, unless the whole prompt has; then every cut gives equal bits.
/// </summary>
internal static class PrefillPlan
{
    internal const int SmallestPiece = 2;

    /// <summary>Tokens of the next piece.</summary>
    /// <param name="remaining">Prompt tokens not yet fed, at least 1.</param>
    /// <param name="most">Upper bound for a piece, at least 2.</param>
    internal static int NextPiece(int remaining, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(remaining, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, SmallestPiece);
        if (remaining <= most)
        {
            return remaining;
        }

        if (remaining - most != 1)
        {
            return most;
        }

        // One token would be left over: keep two back, or, where a piece is two, take the three at once.
        return most > SmallestPiece ? most - 1 : remaining;
    }
}
