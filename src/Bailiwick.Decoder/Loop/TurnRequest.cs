using Bailiwick.Decoder.Grammar;
using Bailiwick.Decoder.Sampling;

namespace Bailiwick.Decoder.Loop;

/// <summary>A Submit whose every field has been checked, with its prompt as ids and its grammar compiled.</summary>
internal sealed record TurnRequest
{
    internal required string Id { get; init; }

    internal required int[] Prompt { get; init; }

    internal required int MaxTokens { get; init; }

    internal required SamplingOptions Sampling { get; init; }

    internal required IReadOnlyList<string> Stop { get; init; }

    /// <summary>Tokens that have left already, in an earlier life of this turn; forced one at a time.</summary>
    internal required int[] Emitted { get; init; }

    /// <summary>Owned by the turn; null without a grammar.</summary>
    internal required ITurnGrammar? Grammar { get; init; }

    /// <summary>Functions that the answer may call; null where it is text.</summary>
    internal TurnTools? Tools { get; init; }

    internal required int TopLogprobs { get; init; }

    internal required bool Logprobs { get; init; }

    internal required bool IgnoreEos { get; init; }

    internal required bool DigestLogits { get; init; }

    /// <summary>From receipt of the frame; null = none.</summary>
    internal required TimeSpan? Deadline { get; init; }

    /// <summary>Most tokens the sequence can come to hold.</summary>
    internal int MaxLength => Prompt.Length + MaxTokens;
}
