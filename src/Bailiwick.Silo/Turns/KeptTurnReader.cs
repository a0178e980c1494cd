using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Turns;

/// <summary>How far one reader of a kept turn is, whoever tells it: the gateway that runs it, another one, the store.</summary>
internal sealed class KeptTurnReader
{
    private int _passed;

    /// <summary>Tokens that the reader has; -1 = not even the start.</summary>
    public int Has { get; private set; } = -1;

    /// <summary>An event of a telling from the beginning.</summary>
    /// <returns>What the reader does not have of it; null = nothing.</returns>
    public TurnEvent? Unread(TurnEvent next)
    {
        switch (next)
        {
            case TurnStarted:
                _passed = 0;
                if (Has >= 0)
                {
                    return null;
                }

                Has = 0;
                return next;
            case TurnTokens { Tokens: var tokens }:
                var known = Math.Min(Has - _passed, tokens.Count);
                _passed += tokens.Count;
                if (known == tokens.Count)
                {
                    return null;
                }

                Has = _passed;
                return known == 0 ? next : new TurnTokens([.. tokens.Skip(known)]);
            case TurnRefused refused:
                return Refused(refused.Refusal);
            case TurnFailed failed when Has < 0:
                return new TurnRefused(failed.Refusal);
            default:
                return next;
        }
    }

    /// <summary>What a running turn told beyond what the reader has.</summary>
    public IEnumerable<TurnEvent> Unread(TurnSoFar told)
    {
        if (told.Started is { } started && Has < 0)
        {
            Has = 0;
            yield return started;
        }

        if (told.Tokens.Count > 0)
        {
            Has += told.Tokens.Count;
            yield return new TurnTokens(told.Tokens);
        }

        if (told.Failed is { } failed && Unread(failed) is { } last)
        {
            yield return last;
        }
    }

    /// <summary>To a reader who has some of it the rest is missing.</summary>
    public TurnEvent Refused(Refusal refusal) => Has < 0 ? new TurnRefused(refusal) : new TurnFailed(refusal, null);
}
