using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Families;

/// <summary>Reads config.json and the tensors of a published checkpoint (LlamaForCausalLM,
/// MistralForCausalLM).</summary>
internal static class LlamaConfig
{
    /// <summary>Architectures that this reader takes.</summary>
    public static readonly IReadOnlyList<string> Architectures = ["LlamaForCausalLM", "MistralForCausalLM"];

    // Keys whose presence changes the graph in a way that this family does not build.
    private static readonly string[] Unbuilt =
        ["quantization_config", "auto_map", "num_local_experts", "vision_config"];

    /// <param name="config">config.json.</param>
    /// <param name="source">The open checkpoint.</param>
    /// <param name="contextTokens">Context of the build, or null for all that the model has.</param>
    /// <exception cref="BadModelException">Something is missing, has a wrong shape, or is not built.</exception>
    public static DecoderDescription Read(JsonFields config, IWeightSource source, int? contextTokens)
    {
        Refuse(config);
        var shape = Shape(config, contextTokens);
        var tensors = new NamedTensors("model.safetensors", source);
        var rotary = RopeSettings.FromConfig(config, shape.HeadSize);
        var window = Window(config, shape.ContextTokens);
        var tied = config.OptionalBoolean("tie_word_embeddings") ?? false;
        var description = new DecoderDescription
        {
            Family = "llama",
            Hidden = shape.Hidden,
            Heads = shape.Heads,
            KeyValueHeads = shape.KeyValueHeads,
            HeadSize = shape.HeadSize,
            Vocabulary = shape.Vocabulary,
            ContextTokens = shape.ContextTokens,
            NormEpsilon = (float)(config.OptionalNumber("rms_norm_eps", 0, 1) ?? 1e-6),
            RotaryInterleaved = false,
            Embedding = tensors.Matrix("model.embed_tokens.weight", shape.Vocabulary, shape.Hidden),
            Head = tied ? null : tensors.Matrix("lm_head.weight", shape.Vocabulary, shape.Hidden),
            OutputNorm = tensors.Vector("model.norm.weight", shape.Hidden),
            Layers = [.. Enumerable.Range(0, shape.Layers).Select(index => Layer(tensors, $"model.layers.{index}.", shape, rotary, window))],
        };
        if (tied) tensors.Ignore("lm_head.weight");
        tensors.EnsureAllTaken(description.Family);
        return description;
    }

    private static DecoderLayer Layer(NamedTensors tensors, string prefix, DecoderShape shape, RotaryFrequencies rotary, int? window)
    {
        var width = shape.Heads * shape.HeadSize;
        var keyWidth = shape.KeyValueHeads * shape.HeadSize;
        // Old checkpoints store the frequencies that config.json states anyway.
        tensors.Ignore($"{prefix}self_attn.rotary_emb.inv_freq");
        return new DecoderLayer
        {
            AttentionNorm = tensors.Vector($"{prefix}input_layernorm.weight", shape.Hidden),
            Query = tensors.Matrix($"{prefix}self_attn.q_proj.weight", width, shape.Hidden),
            Key = tensors.Matrix($"{prefix}self_attn.k_proj.weight", keyWidth, shape.Hidden),
            Value = tensors.Matrix($"{prefix}self_attn.v_proj.weight", keyWidth, shape.Hidden),
            Output = tensors.Matrix($"{prefix}self_attn.o_proj.weight", shape.Hidden, width),
            FeedForwardNorm = tensors.Vector($"{prefix}post_attention_layernorm.weight", shape.Hidden),
            Gate = tensors.Matrix($"{prefix}mlp.gate_proj.weight", shape.FeedForward, shape.Hidden),
            Up = tensors.Matrix($"{prefix}mlp.up_proj.weight", shape.FeedForward, shape.Hidden),
            Down = tensors.Matrix($"{prefix}mlp.down_proj.weight", shape.Hidden, shape.FeedForward),
            Rotary = rotary,
            Window = window,
        };
    }

    private static DecoderShape Shape(JsonFields config, int? contextTokens)
    {
        var hidden = (int)config.Integer("hidden_size", 1, DecoderShape.MaxWidth);
        var heads = (int)config.Integer("num_attention_heads", 1, DecoderShape.MaxWidth);
        return new DecoderShape
        {
            Layers = (int)config.Integer("num_hidden_layers", 1, DecoderShape.MaxLayers),
            Hidden = hidden,
            FeedForward = (int)config.Integer("intermediate_size", 1, DecoderShape.MaxWidth),
            Heads = heads,
            KeyValueHeads = (int)(config.OptionalInteger("num_key_value_heads", 1, heads) ?? heads),
            HeadSize = (int)(config.OptionalInteger("head_dim", 1, 1024) ?? hidden / heads),
            Vocabulary = (int)config.Integer("vocab_size", 1, DecoderShape.MaxVocabulary),
            ContextTokens = DecoderShape.Context(
                config.File, (int)config.Integer("max_position_embeddings", 1, DecoderShape.MaxContext), contextTokens),
        }.Checked(config.File);
    }

    // Only Mistral's code reads this key; a window as long as the context is none.
    private static int? Window(JsonFields config, int contextTokens)
    {
        if (config.OptionalText("model_type") != "mistral") return null;
        var window = config.OptionalInteger("sliding_window", 1, int.MaxValue);
        return window < contextTokens ? (int)window : null;
    }

    private static void Refuse(JsonFields config)
    {
        if (Array.Find(Unbuilt, config.Has) is { } key) throw config.Wrong(key, "asks for something that is not built");
        foreach (var bias in (string[])["attention_bias", "mlp_bias"])
        {
            if (config.OptionalBoolean(bias) == true)
            {
                throw config.Wrong(bias, "is true; projections with a bias are not built");
            }
        }

        var activation = config.OptionalText("hidden_act") ?? "silu";
        if (activation != "silu")
        {
            throw config.Wrong("hidden_act", $"is {Quoted.Text(activation)}; only 'silu' is built");
        }
    }
}
