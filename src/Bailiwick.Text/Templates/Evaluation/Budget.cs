using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Evaluation;

/// <summary>What a rendering has left of its <see cref="TemplateLimits"/>. Mutable, one per rendering.</summary>
internal sealed class Budget(TemplateLimits limits)
{
    public const int CharactersPerStep = 32;

    private long _steps;
    private int _depth;

    public TemplateLimits Limits { get; } = limits;

    public void Step(long cost = 1)
    {
        _steps += cost;
        if (_steps > Limits.MaxSteps)
        {
            throw new LimitReached($"more than {Limits.MaxSteps} steps");
        }
    }

    /// <summary>To be called before a text is read or made as a whole.</summary>
    public void Text(long characters)
    {
        if (characters > Limits.MaxOutputCharacters)
        {
            throw new LimitReached($"a text of more than {Limits.MaxOutputCharacters} characters");
        }

        Step((characters / CharactersPerStep) + 1);
    }

    /// <summary>To be called before a text is searched; in the worst case that takes length times length.</summary>
    public void Search(long characters, long wanted) => Step(((characters / CharactersPerStep) + 1) * ((wanted / 1024) + 1));

    public void Enter()
    {
        // The stack is checked too: a caller's thread may be small.
        if (++_depth > Limits.MaxDepth || !System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new LimitReached($"evaluation nested deeper than {Limits.MaxDepth}");
        }
    }

    public void Leave() => _depth--;
}
