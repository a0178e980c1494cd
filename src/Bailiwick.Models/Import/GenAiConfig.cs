using System.Text.Json;
using Bailiwick.Models.Families;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Import;

/// <summary>
/// A genai_config.json of somebody else, read strictly. The file can name libraries, providers and paths, so each key must
/// be on the list with the kind of value that is expected; everything else is refused.
/// </summary>
/// <param name="GraphFile">Bare name of the graph.</param>
/// <param name="LogitsName">Name of the logits' output.</param>
/// <param name="Vocabulary">Width of the logits as the file states it.</param>
/// <param name="ContextTokens">Longest sequence in tokens.</param>
internal sealed record GenAiConfig(string GraphFile, string LogitsName, int Vocabulary, int ContextTokens)
{
    private const int MaxBytes = 1 << 20;

    // Types that the runtime loads as a plain decoder.
    private static readonly string[] Types =
    [
        "decoder", "llama", "mistral", "qwen2", "qwen3", "phi", "phi3", "gemma", "gemma2", "gemma3_text", "olmo", "granite", "smollm3",
    ];

    private static readonly Dictionary<string, Kind> Top = new() { ["model"] = Kind.Object, ["search"] = Kind.Object };

    private static readonly Dictionary<string, Kind> Model = new()
    {
        ["type"] = Kind.Text, ["vocab_size"] = Kind.Integer, ["context_length"] = Kind.Integer, ["bos_token_id"] = Kind.Integer,
        ["eos_token_id"] = Kind.Integers, ["pad_token_id"] = Kind.Integer, ["decoder"] = Kind.Object,
    };

    private static readonly Dictionary<string, Kind> Decoder = new()
    {
        ["session_options"] = Kind.Object, ["filename"] = Kind.Text, ["head_size"] = Kind.Integer, ["hidden_size"] = Kind.Integer,
        ["num_attention_heads"] = Kind.Integer, ["num_key_value_heads"] = Kind.Integer, ["num_hidden_layers"] = Kind.Integer,
        ["inputs"] = Kind.Object, ["outputs"] = Kind.Object,
    };

    private static readonly Dictionary<string, Kind> Session = new()
    {
        ["log_id"] = Kind.Text, ["provider_options"] = Kind.EmptyList, ["intra_op_num_threads"] = Kind.Integer,
        ["inter_op_num_threads"] = Kind.Integer, ["graph_optimization_level"] = Kind.Text, ["enable_cpu_mem_arena"] = Kind.Boolean,
        ["enable_mem_pattern"] = Kind.Boolean, ["log_severity_level"] = Kind.Integer, ["session.intra_op.allow_spinning"] = Kind.Text,
    };

    private static readonly Dictionary<string, Kind> Inputs = new()
    {
        ["input_ids"] = Kind.Text, ["attention_mask"] = Kind.Text, ["position_ids"] = Kind.Text,
        ["past_key_names"] = Kind.Text, ["past_value_names"] = Kind.Text,
    };

    private static readonly Dictionary<string, Kind> Outputs = new()
    {
        ["logits"] = Kind.Text, ["present_key_names"] = Kind.Text, ["present_value_names"] = Kind.Text,
    };

    private static readonly Dictionary<string, Kind> Search = new()
    {
        ["max_length"] = Kind.Integer, ["min_length"] = Kind.Integer, ["past_present_share_buffer"] = Kind.Boolean,
        ["do_sample"] = Kind.Boolean, ["top_k"] = Kind.Integer, ["top_p"] = Kind.Number, ["temperature"] = Kind.Number,
        ["num_beams"] = Kind.Integer, ["num_return_sequences"] = Kind.Integer, ["repetition_penalty"] = Kind.Number,
        ["length_penalty"] = Kind.Number, ["diversity_penalty"] = Kind.Number, ["no_repeat_ngram_size"] = Kind.Integer,
        ["early_stopping"] = Kind.Boolean, ["chunk_size"] = Kind.Integer,
    };

    private enum Kind
    {
        Object,
        Text,
        Integer,
        Integers,
        Number,
        Boolean,
        EmptyList,
    }

    /// <exception cref="BadModelException">A key is missing, unknown, or has a value that is not allowed.</exception>
    public static GenAiConfig Read(string path)
    {
        var root = JsonFields.Read(path, MaxBytes);
        Check(root, Top);
        var model = Section(root, "model", Model);
        var decoder = Section(model, "decoder", Decoder);
        if (decoder.Has("session_options")) Section(decoder, "session_options", Session);
        if (decoder.Has("inputs")) Section(decoder, "inputs", Inputs);
        var outputs = decoder.Has("outputs") ? Section(decoder, "outputs", Outputs) : null;
        var search = Section(root, "search", Search);
        var context = (int)model.Integer("context_length", 1, DecoderShape.MaxContext);
        var vocabulary = (int)model.Integer("vocab_size", 1, DecoderShape.MaxVocabulary);
        CheckValues(model, search, context, vocabulary);
        return new GenAiConfig(BareName(decoder, "filename"), outputs?.OptionalText("logits") ?? DecoderGraph.Logits, vocabulary, context);
    }

    private static void CheckValues(JsonFields model, JsonFields search, int context, int vocabulary)
    {
        var type = model.Text("type");
        if (!Types.Contains(type, StringComparer.Ordinal))
        {
            throw model.Wrong("type", $"is {Quoted.Text(type)}; allowed are {string.Join(", ", Types)}");
        }
        var end = model.Integers("eos_token_id", 0, vocabulary - 1);
        if (end.Count == 0) throw model.Wrong("eos_token_id", "names no token that ends an answer");
        if (model.OptionalInteger("pad_token_id", 0, vocabulary - 1) is { } pad && end.Contains((int)pad))
        {
            throw model.Wrong(
                "pad_token_id", $"is {pad}, which also ends an answer and so can end a prompt; name another token");
        }

        if (search.OptionalInteger("num_beams", 1, 1) is null && search.Has("num_beams"))
        {
            throw search.Wrong("num_beams", "is not 1");
        }
        search.OptionalInteger("max_length", 1, context);
    }

    private static JsonFields Section(JsonFields parent, string key, Dictionary<string, Kind> allowed)
    {
        var section = parent.Object(key);
        Check(section, allowed);
        return section;
    }

    private static void Check(JsonFields section, Dictionary<string, Kind> allowed)
    {
        foreach (var entry in section.Element.EnumerateObject())
        {
            if (!allowed.TryGetValue(entry.Name, out var kind))
            {
                throw section.Wrong(entry.Name, "is a key that is not allowed");
            }
            if (!Fits(entry.Value, kind))
            {
                throw section.Wrong(
                    entry.Name, kind == Kind.EmptyList ? "must be an empty list: providers are the site's choice" : $"must be of the kind {kind}");
            }
        }
    }

    private static bool Fits(JsonElement value, Kind kind) => kind switch
    {
        Kind.Object => value.ValueKind == JsonValueKind.Object,
        Kind.Text => value.ValueKind == JsonValueKind.String,
        Kind.Integer => IsInteger(value),
        Kind.Integers => IsInteger(value) || (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(IsInteger)),
        Kind.Number => value.ValueKind == JsonValueKind.Number,
        Kind.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0,
    };

    private static bool IsInteger(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _);

    private static string BareName(JsonFields section, string key)
    {
        var name = section.Text(key);
        return name.Length > 0 && name is not ("." or "..") && name.IndexOfAny(['/', '\\', '\0']) < 0
            ? name
            : throw section.Wrong(key, $"is {Quoted.Text(name)}; a bare file name of the same folder is expected");
    }
}
