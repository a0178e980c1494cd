using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bailiwick.Models.Import;

/// <summary>Writes a vocabulary as tokenizer.json, the format of the published `tokenizers` library.</summary>
internal static class TokenizerJson
{
    public const string FileName = "tokenizer.json";

    // Texts are data for a tokenizer, not for a browser; as they are, the file is half the size and readable.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="folder">Receives tokenizer.json.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    public static void Write(string folder, VocabularyData vocabulary)
    {
        var parts = vocabulary.Kind switch
        {
            VocabularyKind.ByteLevel => ByteLevelParts(vocabulary.Splitting!),
            VocabularyKind.SentencePiece => SentencePieceParts(vocabulary),
            _ => UnigramParts(vocabulary),
        };
        using var stream = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write);
        using var json = new Utf8JsonWriter(stream, Plain);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        AddedTokens(json, vocabulary);
        Part(json, "normalizer", parts.Normalizer);
        Part(json, "pre_tokenizer", parts.PreTokenizer);
        Part(json, "post_processor", PostProcessor(vocabulary));
        Part(json, "decoder", parts.Decoder);
        json.WritePropertyName("model");
        if (vocabulary.Kind == VocabularyKind.Unigram) UnigramModel(json, vocabulary);
        else BpeModel(json, vocabulary, parts.WholeWords);
        json.WriteEndObject();
    }

    private sealed record Parts(JsonObject? Normalizer, JsonObject? PreTokenizer, JsonObject? Decoder, bool WholeWords = false);

    private static Parts ByteLevelParts(SplittingRule rule) => new(
        rule.ComposeFirst ? new JsonObject { ["type"] = "NFC" } : null,
        SplittingRules.PreTokenizer(rule),
        new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
        rule.WholeWords);

    private static Parts SentencePieceParts(VocabularyData vocabulary)
    {
        var normalizers = new JsonArray();
        var decoders = new JsonArray
        {
            Replace(new JsonObject { ["String"] = "▁" }, " "),
            new JsonObject { ["type"] = "ByteFallback" },
            new JsonObject { ["type"] = "Fuse" },
        };
        if (vocabulary.AddSpacePrefix)
        {
            normalizers.Add(new JsonObject { ["type"] = "Prepend", ["prepend"] = "▁" });
            decoders.Add(new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 });
        }

        normalizers.Add(Replace(new JsonObject { ["String"] = " " }, "▁"));
        return new Parts(
            new JsonObject { ["type"] = "Sequence", ["normalizers"] = normalizers },
            null,
            new JsonObject { ["type"] = "Sequence", ["decoders"] = decoders });
    }

    private static Parts UnigramParts(VocabularyData vocabulary)
    {
        var normalizers = new JsonArray();
        if (!vocabulary.CharacterMap.IsEmpty)
        {
            normalizers.Add(new JsonObject
            {
                ["type"] = "Precompiled",
                ["precompiled_charsmap"] = Convert.ToBase64String(vocabulary.CharacterMap.Span),
            });
        }

        if (vocabulary.RemoveExtraSpaces)
        {
            normalizers.Add(new JsonObject { ["type"] = "Strip", ["strip_left"] = true, ["strip_right"] = true });
            normalizers.Add(Replace(new JsonObject { ["Regex"] = " {2,}" }, "▁"));
        }

        return new Parts(
            new JsonObject { ["type"] = "Sequence", ["normalizers"] = normalizers }, Metaspace(vocabulary), Metaspace(vocabulary));
    }

    private static JsonObject Metaspace(VocabularyData vocabulary) => new()
    {
        ["type"] = "Metaspace",
        ["replacement"] = "▁",
        ["prepend_scheme"] = vocabulary.AddSpacePrefix ? "always" : "never",
        ["split"] = true,
    };

    private static JsonObject Replace(JsonObject pattern, string content) =>
        new() { ["type"] = "Replace", ["pattern"] = pattern, ["content"] = content };

    private static JsonObject? PostProcessor(VocabularyData vocabulary)
    {
        var bos = vocabulary.AddBos ? vocabulary.Bos : null;
        var eos = vocabulary.AddEos ? vocabulary.Eos : null;
        if (bos is null && eos is null) return null;
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = Sequence("A"),
            ["pair"] = new JsonArray([.. Sequence("A").Concat(Sequence("B")).Select(item => item!.DeepClone())]),
            ["special_tokens"] = new JsonObject(((int?[])[bos, eos]).OfType<int>().Distinct().Select(Special)),
        };

        JsonArray Sequence(string name)
        {
            var items = new JsonArray();
            if (bos is { } first) items.Add(SpecialItem(first));
            items.Add(new JsonObject { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = 0 } });
            if (eos is { } last) items.Add(SpecialItem(last));
            return items;
        }

        JsonObject SpecialItem(int id) =>
            new() { ["SpecialToken"] = new JsonObject { ["id"] = vocabulary.Tokens[id], ["type_id"] = 0 } };

        KeyValuePair<string, JsonNode?> Special(int id) => new(vocabulary.Tokens[id], new JsonObject
        {
            ["id"] = vocabulary.Tokens[id],
            ["ids"] = new JsonArray(id),
            ["tokens"] = new JsonArray(vocabulary.Tokens[id]),
        });
    }

    private static void AddedTokens(Utf8JsonWriter json, VocabularyData vocabulary)
    {
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            var kind = vocabulary.Kinds[id];
            if (kind is not (TokenKind.Control or TokenKind.Unknown or TokenKind.UserDefined)) continue;
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", vocabulary.Tokens[id]);
            foreach (var flag in (string[])["single_word", "lstrip", "rstrip", "normalized"]) json.WriteBoolean(flag, false);
            json.WriteBoolean("special", kind != TokenKind.UserDefined);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void BpeModel(Utf8JsonWriter json, VocabularyData vocabulary, bool wholeWords)
    {
        var scored = vocabulary.Kind == VocabularyKind.SentencePiece;
        json.WriteStartObject();
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        if (scored && vocabulary.Unknown is { } unknown) json.WriteString("unk_token", vocabulary.Tokens[unknown]);
        else json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", scored);
        json.WriteBoolean("byte_fallback", scored);
        json.WriteBoolean("ignore_merges", wholeWords);
        json.WriteStartObject("vocab");
        for (var id = 0; id < vocabulary.Tokens.Count; id++) json.WriteNumber(vocabulary.Tokens[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in scored ? ScoredMerges.Of(vocabulary) : vocabulary.Merges.Select(Halves))
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static (string Left, string Right) Halves(string merge)
    {
        var space = merge.IndexOf(' ', 1);
        return (merge[..space], merge[(space + 1)..]);
    }

    private static void UnigramModel(Utf8JsonWriter json, VocabularyData vocabulary)
    {
        json.WriteStartObject();
        json.WriteString("type", "Unigram");
        if (vocabulary.Unknown is { } unknown) json.WriteNumber("unk_id", unknown);
        else json.WriteNull("unk_id");
        json.WriteStartArray("vocab");
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            json.WriteStartArray();
            json.WriteStringValue(vocabulary.Tokens[id]);
            json.WriteNumberValue((double)vocabulary.Scores[id]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", false);
        json.WriteEndObject();
    }

    private static void Part(Utf8JsonWriter json, string name, JsonObject? part)
    {
        json.WritePropertyName(name);
        if (part is null) json.WriteNullValue();
        else part.WriteTo(json);
    }
}
