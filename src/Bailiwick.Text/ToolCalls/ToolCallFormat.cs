namespace Bailiwick.Text.ToolCalls;

/// <summary>How a family of models writes calls of functions: what marks them, how they are read, and a grammar of them.</summary>
/// <remarks>Immutable. A format is chosen once for a model, by <see cref="CallFormats"/>.</remarks>
internal abstract class ToolCallFormat
{
    /// <summary>For operators.</summary>
    public abstract string Name { get; }

    /// <summary>Texts that steer the reading. Where one is a token of the vocabulary, only that token counts, never its letters.</summary>
    public abstract IReadOnlyList<string> Markers { get; }

    public abstract CallParser NewParser(CallOutput output, IReadOnlyList<ToolFunction> functions);

    /// <summary>Calls as a grammar, or null for a format that none describes.</summary>
    public virtual CallGrammar? Grammar => null;
}

/// <summary>
/// Calls in the Lark of llguidance. In the texts <c>@0</c>, <c>@1</c>, … stand for the format's markers, <c>@name</c> for the function's
/// name inside a quoted text and <c>@json</c> for its arguments.
/// </summary>
/// <param name="Open">What begins a region of calls; empty where the answer itself is one.</param>
/// <param name="Call">One call.</param>
/// <param name="Close">What ends a region.</param>
internal sealed record CallGrammar(string Open, string Call, string Close)
{
    /// <summary>What stands between two calls of one region; null: a region holds one call.</summary>
    public string? Between { get; init; }

    /// <summary>What stands between two regions; null: an answer holds one region.</summary>
    public string? Again { get; init; }

    /// <summary>The marker behind which a region begins, so that text may come before it; null where no single token tells.</summary>
    public int? Trigger { get; init; }

    /// <summary>The answer's first character tells: text that does not begin with this one may stand instead of calls.</summary>
    public char? Leading { get; init; }
}
