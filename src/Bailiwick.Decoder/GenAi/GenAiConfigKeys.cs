using System.Text.Json;

namespace Bailiwick.Decoder.GenAi;

/// <summary>
/// The keys that genai_config.json may have. GenAI's own reader accepts keys that load libraries or set any session
/// option, and the folder is untrusted: what is not listed here is refused, whatever it would do.
/// </summary>
internal static class GenAiConfigKeys
{
    private enum Kind
    {
        Object,
        Text,
        Integer,
        Integers,
        Number,
        Flag,
        EmptyList,
        FileName,
    }

    private static readonly Dictionary<string, Kind> Allowed = new(StringComparer.Ordinal)
    {
        ["model"] = Kind.Object,
        ["model.type"] = Kind.Text,
        ["model.vocab_size"] = Kind.Integer,
        ["model.context_length"] = Kind.Integer,
        ["model.bos_token_id"] = Kind.Integer,
        ["model.eos_token_id"] = Kind.Integers,
        ["model.pad_token_id"] = Kind.Integer,
        ["model.decoder"] = Kind.Object,
        ["model.decoder.filename"] = Kind.FileName,
        ["model.decoder.head_size"] = Kind.Integer,
        ["model.decoder.hidden_size"] = Kind.Integer,
        ["model.decoder.num_attention_heads"] = Kind.Integer,
        ["model.decoder.num_key_value_heads"] = Kind.Integer,
        ["model.decoder.num_hidden_layers"] = Kind.Integer,
        ["model.decoder.inputs"] = Kind.Object,
        ["model.decoder.inputs.input_ids"] = Kind.Text,
        ["model.decoder.inputs.attention_mask"] = Kind.Text,
        ["model.decoder.inputs.position_ids"] = Kind.Text,
        ["model.decoder.inputs.past_key_names"] = Kind.Text,
        ["model.decoder.inputs.past_value_names"] = Kind.Text,
        ["model.decoder.outputs"] = Kind.Object,
        ["model.decoder.outputs.logits"] = Kind.Text,
        ["model.decoder.outputs.present_key_names"] = Kind.Text,
        ["model.decoder.outputs.present_value_names"] = Kind.Text,
        ["model.decoder.session_options"] = Kind.Object,
        ["model.decoder.session_options.log_id"] = Kind.Text,
        ["model.decoder.session_options.log_severity_level"] = Kind.Integer,
        ["model.decoder.session_options.provider_options"] = Kind.EmptyList,
        ["model.decoder.session_options.intra_op_num_threads"] = Kind.Integer,
        ["model.decoder.session_options.inter_op_num_threads"] = Kind.Integer,
        ["model.decoder.session_options.graph_optimization_level"] = Kind.Text,
        ["model.decoder.session_options.enable_cpu_mem_arena"] = Kind.Flag,
        ["model.decoder.session_options.enable_mem_pattern"] = Kind.Flag,
        ["model.decoder.session_options.session.intra_op.allow_spinning"] = Kind.Text,
        ["search"] = Kind.Object,
        ["search.max_length"] = Kind.Integer,
        ["search.min_length"] = Kind.Integer,
        ["search.past_present_share_buffer"] = Kind.Flag,
        ["search.do_sample"] = Kind.Flag,
        ["search.early_stopping"] = Kind.Flag,
        ["search.num_beams"] = Kind.Integer,
        ["search.num_return_sequences"] = Kind.Integer,
        ["search.no_repeat_ngram_size"] = Kind.Integer,
        ["search.top_k"] = Kind.Integer,
        ["search.top_p"] = Kind.Number,
        ["search.temperature"] = Kind.Number,
        ["search.repetition_penalty"] = Kind.Number,
        ["search.length_penalty"] = Kind.Number,
        ["search.diversity_penalty"] = Kind.Number,
    };

    /// <summary>The first key that is not allowed, or whose value is not of its kind, with the reason; null when all are.</summary>
    internal static string? FirstFault(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object ? FirstFault(root, prefix: "") : "the document is not an object";

    private static string? FirstFault(JsonElement parent, string prefix)
    {
        foreach (var property in parent.EnumerateObject())
        {
            var path = prefix + property.Name;
            if (!Allowed.TryGetValue(path, out var kind))
            {
                return $"the key {Shown(path)} is not allowed";
            }

            if (!Is(property.Value, kind))
            {
                return $"the value of {path} is not {Expected(kind)}";
            }

            if (kind == Kind.Object && FirstFault(property.Value, path + ".") is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static bool Is(JsonElement value, Kind kind) => kind switch
    {
        Kind.Object => value.ValueKind == JsonValueKind.Object,
        Kind.Text => value.ValueKind == JsonValueKind.String,
        Kind.Integer => IsInteger(value),
        Kind.Integers => IsInteger(value) || (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(IsInteger)),
        Kind.Number => value.ValueKind == JsonValueKind.Number,
        Kind.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        Kind.EmptyList => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0,
        Kind.FileName => value.ValueKind == JsonValueKind.String && IsPlainFileName(value.GetString()!),
        _ => false,
    };

    private static bool IsInteger(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _);

    private static bool IsPlainFileName(string name) =>
        name.Length is > 0 and <= 255 && name is not ("." or "..")
        && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');

    private static string Expected(Kind kind) => kind switch
    {
        Kind.Object => "an object",
        Kind.Text => "a string",
        Kind.Integer => "a 32-bit integer",
        Kind.Integers => "a 32-bit integer or a list of them",
        Kind.Number => "a number",
        Kind.Flag => "true or false",
        Kind.EmptyList => "an empty list (execution providers are chosen by the site, not by a model)",
        _ => "the plain name of a file in the same folder",
    };

    private static string Shown(string path) =>
        new([.. path.Take(80).Select(static letter => letter is >= ' ' and <= '~' ? letter : '?')]);
}
