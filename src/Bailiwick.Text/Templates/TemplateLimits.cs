namespace Bailiwick.Text.Templates;

/// <summary>
/// What one rendering may cost. A template is untrusted data: it ends within these bounds or with
/// <see cref="TemplateLimitException"/>.
/// </summary>
public sealed record TemplateLimits
{
    /// <summary>The limits of a template that states none.</summary>
    public static TemplateLimits Default { get; } = new();

    /// <summary>
    /// Evaluated nodes, list items and 1/32 of the characters of every text made on the way. Default 4,000,000: about
    /// a second, and at most 256 MB of text. Every published case takes less than a hundredth.
    /// </summary>
    public long MaxSteps { get; init; } = 4_000_000;

    /// <summary>UTF-16 code units of any one text, the result included. Default 4,194,304.</summary>
    public int MaxOutputCharacters { get; init; } = 4 * 1024 * 1024;

    /// <summary>Nested evaluations (blocks, expressions and macro calls together). Default 1,000.</summary>
    public int MaxDepth { get; init; } = 1_000;

    /// <summary>Items of a <c>range</c>. Default 100,000, as in the sandbox of jinja2.</summary>
    public int MaxRange { get; init; } = 100_000;
}
