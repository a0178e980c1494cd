using System.Diagnostics.CodeAnalysis;

namespace Bailiwick.Decoder.Loop;

/// <summary>
/// A model's forward pass and nothing else: masks, penalties, sampling, text, limits and fairness lie above it and are
/// the same for every implementation. Not thread-safe: one owner thread makes every call.
/// </summary>
internal interface ITokenLoop : IDisposable
{
    /// <summary>Tokens that one sequence may hold, prompt and answer together.</summary>
    int ContextTokens { get; }

    /// <summary>Width of the logits.</summary>
    int Vocabulary { get; }

    /// <summary>Whether a sequence that is fed its tokens again, one at a time after the prompt, gives equal bits.</summary>
    bool ExactResume { get; }

    /// <summary>Opens an empty sequence and takes its memory; false where there is none to be had.</summary>
    /// <param name="maxTokens">Most tokens it will hold, 1 to <see cref="ContextTokens"/>. Memory grows with it.</param>
    /// <param name="row">The sequence; the caller disposes it.</param>
    /// <param name="failure">Why there is none. Holds no payload.</param>
    bool TryOpen(int maxTokens, [NotNullWhen(true)] out ITokenRow? row, [NotNullWhen(false)] out string? failure);

    /// <summary>
    /// Appends a piece of the prompt and makes the logits after its last token. Pieces of two or more tokens may be
    /// cut anywhere with equal results; see <see cref="PrefillPlan"/>.
    /// </summary>
    void Prefill(ITokenRow row, ReadOnlySpan<int> tokens);

    /// <summary>Hands one chosen token to each row and makes the next logits of each. A failed row does not stop the others.</summary>
    void Step(ReadOnlySpan<ITokenRow> rows, ReadOnlySpan<int> tokens);

    /// <summary>Copies the row's logits, as the model made them, to a span of <see cref="Vocabulary"/> floats.</summary>
    void CopyLogits(ITokenRow row, Span<float> destination);
}

/// <summary>One sequence of an <see cref="ITokenLoop"/>. Disposing it frees its KV memory.</summary>
internal interface ITokenRow : IDisposable
{
    /// <summary>Why this row can give no further logits; null while it can. Holds no payload.</summary>
    string? Failure { get; }
}
