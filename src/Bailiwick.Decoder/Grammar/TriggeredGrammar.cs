namespace Bailiwick.Decoder.Grammar;

/// <summary>
/// A grammar that sleeps until its token has come, binds up to its own end, and sleeps again: text stays free, and costs no mask.
/// </summary>
internal sealed class TriggeredGrammar(GrammarMatcher matcher, int trigger) : ITurnGrammar
{
    public bool Binds { get; private set; }

    public bool IsComplete => false;

    public bool TryMask(out ReadOnlySpan<uint> allowed) => matcher.TryMask(out allowed);

    public bool TryAccept(int token)
    {
        if (!Binds)
        {
            Binds = token == trigger;
            return true;
        }

        if (!matcher.TryAccept(token))
        {
            return false;
        }

        if (matcher.IsComplete)
        {
            Binds = false;
            return matcher.TryReset();
        }

        return true;
    }

    public void Dispose() => matcher.Dispose();
}
