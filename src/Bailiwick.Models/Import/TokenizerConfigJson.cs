using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bailiwick.Models.Import;

/// <summary>Writes tokenizer_config.json and chat_template.jinja for a vocabulary that came without them.</summary>
internal static class TokenizerConfigJson
{
    public const string FileName = "tokenizer_config.json";
    public const string TemplateFileName = "chat_template.jinja";

    private static readonly JsonWriterOptions Plain = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="folder">Receives the files.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="contextTokens">Longest sequence of the build.</param>
    public static void Write(string folder, VocabularyData vocabulary, int contextTokens)
    {
        using (var stream = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write))
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            json.WriteStartObject();
            json.WriteString("tokenizer_class", ClassOf(vocabulary));
            json.WriteBoolean("add_bos_token", vocabulary.AddBos);
            json.WriteBoolean("add_eos_token", vocabulary.AddEos);
            Token(json, "bos_token", vocabulary, vocabulary.Bos);
            Token(json, "eos_token", vocabulary, vocabulary.Eos);
            Token(json, "pad_token", vocabulary, vocabulary.Padding);
            Token(json, "unk_token", vocabulary, vocabulary.Unknown);
            json.WriteBoolean("clean_up_tokenization_spaces", false);
            json.WriteNumber("model_max_length", contextTokens);
            if (vocabulary.ChatTemplate is { } template) json.WriteString("chat_template", template);
            json.WriteEndObject();
        }

        if (vocabulary.ChatTemplate is { } text)
        {
            File.WriteAllText(Path.Combine(folder, TemplateFileName), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
    }

    // Names that readers of this file map to an algorithm; the splitting rule itself is in tokenizer.json.
    private static string ClassOf(VocabularyData vocabulary) => vocabulary.Kind switch
    {
        VocabularyKind.SentencePiece => "LlamaTokenizer",
        VocabularyKind.Unigram => "T5Tokenizer",
        _ => "GPT2Tokenizer",
    };

    private static void Token(Utf8JsonWriter json, string name, VocabularyData vocabulary, int? id)
    {
        if (id is { } index) json.WriteString(name, vocabulary.Tokens[index]);
    }
}
