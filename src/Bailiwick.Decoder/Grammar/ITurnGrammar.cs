namespace Bailiwick.Decoder.Grammar;

/// <summary>One turn's grammar. Owned by the turn.</summary>
internal interface ITurnGrammar : IDisposable
{
    /// <summary>Whether it says anything of the next token.</summary>
    bool Binds { get; }

    /// <summary>Nothing but the end may follow.</summary>
    bool IsComplete { get; }

    /// <summary>The tokens that may come next, while it binds. Valid until the next call.</summary>
    /// <returns>False when the engine gave up, for one of its limits; its reason quotes output and is not passed on.</returns>
    bool TryMask(out ReadOnlySpan<uint> allowed);

    /// <summary>Goes on by one token of the answer.</summary>
    /// <returns>False when the grammar does not allow it.</returns>
    bool TryAccept(int token);
}
