using System.Text.Json;
using Bailiwick.Models.Families;

namespace Bailiwick.Models.Import;

/// <summary>Writes genai_config.json for a graph of <see cref="DecoderGraph"/>.</summary>
internal static class GenAiConfigJson
{
    public const string FileName = "genai_config.json";

    /// <param name="folder">Receives the file.</param>
    /// <param name="decoder">The model.</param>
    /// <param name="tokens">Ids by name.</param>
    /// <param name="threads">Compute threads. Always stated: left to itself the runtime was slower.</param>
    public static void Write(string folder, DecoderDescription decoder, GenerationTokens tokens, int threads)
    {
        using var stream = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("model");
        json.WriteString("type", "decoder");
        json.WriteNumber("vocab_size", decoder.Vocabulary);
        json.WriteNumber("context_length", decoder.ContextTokens);
        json.WriteNumber("bos_token_id", tokens.Bos ?? tokens.End[0]);
        json.WriteStartArray("eos_token_id");
        foreach (var id in tokens.End) json.WriteNumberValue(id);
        json.WriteEndArray();
        if (tokens.Pad is { } pad) json.WriteNumber("pad_token_id", pad);
        Decoder(json, decoder, threads);
        json.WriteEndObject();
        Search(json, decoder);
        json.WriteEndObject();
    }

    private static void Decoder(Utf8JsonWriter json, DecoderDescription decoder, int threads)
    {
        json.WriteStartObject("decoder");
        json.WriteStartObject("session_options");
        json.WriteString("log_id", "bailiwick");
        json.WriteStartArray("provider_options");
        json.WriteEndArray();
        json.WriteNumber("intra_op_num_threads", threads);
        json.WriteEndObject();
        json.WriteString("filename", Onnx.GraphWriter.FileName);
        json.WriteNumber("head_size", decoder.HeadSize);
        json.WriteNumber("hidden_size", decoder.Hidden);
        json.WriteNumber("num_attention_heads", decoder.Heads);
        json.WriteNumber("num_key_value_heads", decoder.KeyValueHeads);
        json.WriteNumber("num_hidden_layers", decoder.Layers.Count);
        json.WriteStartObject("inputs");
        json.WriteString("input_ids", "input_ids");
        json.WriteString("attention_mask", "attention_mask");
        json.WriteString("past_key_names", "past_key_values.%d.key");
        json.WriteString("past_value_names", "past_key_values.%d.value");
        json.WriteEndObject();
        json.WriteStartObject("outputs");
        json.WriteString("logits", DecoderGraph.Logits);
        json.WriteString("present_key_names", "present.%d.key");
        json.WriteString("present_value_names", "present.%d.value");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Defaults only: the decoder samples for itself and sets max_length for each turn.
    private static void Search(Utf8JsonWriter json, DecoderDescription decoder)
    {
        json.WriteStartObject("search");
        json.WriteNumber("max_length", decoder.ContextTokens);
        json.WriteBoolean("past_present_share_buffer", true);
        json.WriteBoolean("do_sample", false);
        json.WriteNumber("top_k", 50);
        json.WriteNumber("top_p", 1.0);
        json.WriteNumber("temperature", 1.0);
        json.WriteNumber("num_beams", 1);
        json.WriteEndObject();
    }
}
