using Bailiwick.Models.Onnx;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Families;

/// <summary>
/// A decoder-only transformer as data: everything that <see cref="DecoderGraph"/> needs and nothing about where it came
/// from. A family is a reader that gives one of these. Every layer normalises before attention and before its gated SiLU
/// feed-forward part (RMS norm).
/// </summary>
internal sealed record DecoderDescription
{
    /// <summary>Family as the catalogue names it, for example "llama".</summary>
    public required string Family { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of one head; a multiple of 16, since all of it is rotated.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Width of the logits.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens of the longest sequence; the rotary tables have this many rows.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Epsilon of every norm.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Whether rotary pairs are neighbours (rows as GGUF converters permute them), not half a head
    /// apart.</summary>
    public required bool RotaryInterleaved { get; init; }

    /// <summary>[vocabulary, hidden].</summary>
    public required WeightMatrix Embedding { get; init; }

    /// <summary>[vocabulary, hidden], or null where the embedding serves (tied).</summary>
    public required WeightMatrix? Head { get; init; }

    /// <summary>[hidden], after the last layer.</summary>
    public required WeightTensor OutputNorm { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<DecoderLayer> Layers { get; init; }
}

/// <summary>One layer's weights and what differs from layer to layer.</summary>
internal sealed record DecoderLayer
{
    public required WeightTensor AttentionNorm { get; init; }

    /// <summary>[heads x head size, hidden].</summary>
    public required WeightMatrix Query { get; init; }

    /// <summary>[key-value heads x head size, hidden].</summary>
    public required WeightMatrix Key { get; init; }

    /// <summary>[key-value heads x head size, hidden].</summary>
    public required WeightMatrix Value { get; init; }

    /// <summary>[hidden, heads x head size].</summary>
    public required WeightMatrix Output { get; init; }

    public required WeightTensor FeedForwardNorm { get; init; }

    /// <summary>[feed-forward, hidden].</summary>
    public required WeightMatrix Gate { get; init; }

    /// <summary>[feed-forward, hidden].</summary>
    public required WeightMatrix Up { get; init; }

    /// <summary>[hidden, feed-forward].</summary>
    public required WeightMatrix Down { get; init; }

    /// <summary>Layers that hold the same object share one pair of tables in the graph.</summary>
    public required RotaryFrequencies Rotary { get; init; }

    /// <summary>Keys that a token sees, itself included; null: all of them.</summary>
    public required int? Window { get; init; }
}
