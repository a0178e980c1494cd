using Bailiwick.Models.Gguf;
using Bailiwick.Models.Onnx;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Families;

/// <summary>
/// Reads metadata and tensors of a GGUF file of the architecture "llama", which converters write for Llama, Mistral and
/// SmolLM2. They permute the rows of the query and key projections, so that rotary pairs are neighbours.
/// </summary>
internal static class LlamaGguf
{
    /// <summary>The architecture as general.architecture states it.</summary>
    public const string Architecture = "llama";

    /// <param name="file">The open file.</param>
    /// <param name="contextTokens">Context of the build, or null for all that the model has.</param>
    /// <exception cref="BadModelException">Something is missing, has a wrong shape, or is not built.</exception>
    public static DecoderDescription Read(GgufFile file, int? contextTokens)
    {
        var numbers = new GgufNumbers(file, Architecture);
        if (numbers.Find("expert_count") is > 0)
        {
            throw new BadModelException(file.Name, "is a mixture of experts, which the family llama does not build");
        }

        var tensors = new NamedTensors(file.Name, file);
        var shape = Shape(file, numbers, contextTokens);
        var rotary = Rotary(file, numbers, tensors, shape);
        var window = numbers.Find("attention.sliding_window") is { } keys and > 0 && keys < shape.ContextTokens ? keys : (int?)null;
        var description = new DecoderDescription
        {
            Family = "llama",
            Hidden = shape.Hidden,
            Heads = shape.Heads,
            KeyValueHeads = shape.KeyValueHeads,
            HeadSize = shape.HeadSize,
            Vocabulary = shape.Vocabulary,
            ContextTokens = shape.ContextTokens,
            NormEpsilon = numbers.Float("attention.layer_norm_rms_epsilon", 0, 1),
            RotaryInterleaved = true,
            Embedding = tensors.Matrix("token_embd.weight", shape.Vocabulary, shape.Hidden),
            Head = tensors.Has("output.weight") ? tensors.Matrix("output.weight", shape.Vocabulary, shape.Hidden) : null,
            OutputNorm = tensors.Vector("output_norm.weight", shape.Hidden),
            Layers = [.. Enumerable.Range(0, shape.Layers).Select(index => Layer(tensors, $"blk.{index}.", shape, rotary, window))],
        };
        tensors.EnsureAllTaken(description.Family);
        return description;
    }

    private static DecoderLayer Layer(NamedTensors tensors, string prefix, DecoderShape shape, RotaryFrequencies rotary, int? window)
    {
        var width = shape.Heads * shape.HeadSize;
        var keyWidth = shape.KeyValueHeads * shape.HeadSize;
        return new DecoderLayer
        {
            AttentionNorm = tensors.Vector($"{prefix}attn_norm.weight", shape.Hidden),
            Query = tensors.Matrix($"{prefix}attn_q.weight", width, shape.Hidden),
            Key = tensors.Matrix($"{prefix}attn_k.weight", keyWidth, shape.Hidden),
            Value = tensors.Matrix($"{prefix}attn_v.weight", keyWidth, shape.Hidden),
            Output = tensors.Matrix($"{prefix}attn_output.weight", shape.Hidden, width),
            FeedForwardNorm = tensors.Vector($"{prefix}ffn_norm.weight", shape.Hidden),
            Gate = tensors.Matrix($"{prefix}ffn_gate.weight", shape.FeedForward, shape.Hidden),
            Up = tensors.Matrix($"{prefix}ffn_up.weight", shape.FeedForward, shape.Hidden),
            Down = tensors.Matrix($"{prefix}ffn_down.weight", shape.Hidden, shape.FeedForward),
            Rotary = rotary,
            Window = window,
        };
    }

    private static DecoderShape Shape(GgufFile file, GgufNumbers numbers, int? contextTokens)
    {
        var hidden = numbers.Get("embedding_length", 1, DecoderShape.MaxWidth);
        var heads = numbers.Get("attention.head_count", 1, DecoderShape.MaxWidth);
        var headSize = numbers.Find("attention.key_length") ?? hidden / heads;
        if ((numbers.Find("attention.value_length") ?? headSize) != headSize)
        {
            throw new BadModelException(file.Name,
                "has values of another width than keys, which the family llama does not have");
        }

        return new DecoderShape
        {
            Layers = numbers.Get("block_count", 1, DecoderShape.MaxLayers),
            Hidden = hidden,
            FeedForward = numbers.Get("feed_forward_length", 1, DecoderShape.MaxWidth),
            Heads = heads,
            KeyValueHeads = numbers.Find("attention.head_count_kv") is null ? heads : numbers.Get("attention.head_count_kv", 1, heads),
            HeadSize = headSize,
            Vocabulary = VocabularyRows(file),
            ContextTokens = DecoderShape.Context(file.Name, numbers.Get("context_length", 1, DecoderShape.MaxContext), contextTokens),
        }.Checked(file.Name);
    }

    private static int VocabularyRows(GgufFile file)
    {
        var rows = file.Tensors.TryGetValue("token_embd.weight", out var embedding) ? embedding.RowCount : 0;
        return rows is > 0 and <= DecoderShape.MaxVocabulary
            ? (int)rows
            : throw new BadModelException(file.Name,
                $"has {rows} rows in 'token_embd.weight'; it must have from 1 to {DecoderShape.MaxVocabulary}");
    }

    private static RotaryFrequencies Rotary(GgufFile file, GgufNumbers numbers, NamedTensors tensors, DecoderShape shape)
    {
        if (numbers.Find("rope.dimension_count") is { } rotated && rotated != shape.HeadSize)
        {
            throw new BadModelException(file.Name,
                $"rotates {rotated} of {shape.HeadSize} elements of a head; partly rotated heads are not built");
        }

        var plain = RotaryFrequencies.Plain(numbers.FindFloat("rope.freq_base", 1, 1e12f) ?? 10_000, shape.HeadSize);
        if (tensors.Has("rope_freqs.weight"))
        {
            var divisors = FloatWeight.Values(tensors.Vector("rope_freqs.weight", shape.HeadSize / 2));
            return divisors.All(divisor => divisor > 0)
                ? plain.DividedBy(divisors)
                : throw new BadModelException(file.Name, "has a divisor in 'rope_freqs.weight' that is not positive");
        }

        var type = numbers.FindString("rope.scaling.type") ?? "none";
        return type switch
        {
            "none" => plain,
            "linear" => plain.Linear(numbers.Float("rope.scaling.factor", 1, 1 << 20)),
            _ => throw new BadModelException(file.Name,
                $"asks for the rotary scaling {Quoted.Text(type)}; built are 'none' and 'linear'"),
        };
    }
}
