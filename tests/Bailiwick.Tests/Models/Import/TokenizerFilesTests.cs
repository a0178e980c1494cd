using System.Text.Json.Nodes;
using Bailiwick.Models.Gguf;
using Bailiwick.Models.Import;
using Bailiwick.Models.Weights;
using Bailiwick.Tests.Models.Weights;

namespace Bailiwick.Tests.Models.Import;

/// <summary>tokenizer.json made from GGUF data against the published file of the same tokenizer.</summary>
[Trait("Category", "Reference")]
public sealed class TokenizerFilesTests
{
    [Fact]
    public void Write_DefaultModel_IsThePublishedTokenizer() => AssertSame(
        Repository.Model("smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"),
        Repository.Fixture("smollm2-135m-instruct", "tokenizer.json"));

    [Fact]
    public void Write_SentencePieceWithoutMerges_DerivesThePublishedOnes() => AssertSame(
        Repository.Fixture("families", "tokenizers", "spm_bpe", "vocab.gguf"),
        Repository.Fixture("families", "tokenizers", "spm_bpe", "tokenizer.json"));

    [Fact]
    public void Write_Unigram_IsThePublishedTokenizer() => AssertSame(
        Repository.Fixture("families", "tokenizers", "unigram", "vocab.gguf"),
        Repository.Fixture("families", "tokenizers", "unigram", "tokenizer.json"));

    // Whole words first: Llama 3 publishes it so, and in this vocabulary, made of its merges, it changes nothing.
    [Fact]
    public void Write_Llama3Splitting_IsThePublishedTokenizer() => AssertSame(
        Repository.Fixture("families", "gguf", "models", "llama.F16.gguf"),
        Repository.Fixture("families", "tokenizers", "bpe320", "tokenizer.json"),
        expected => expected["model"]!["ignore_merges"] = true);

    [Fact]
    public void Write_DefaultModel_KeepsNamesAndTemplate()
    {
        using var folder = new TemporaryFolder();
        using var file = GgufFile.Open(Repository.Model("smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        TokenizerConfigJson.Write(folder.Path, GgufVocabulary.Read(file), 8192);
        var config = JsonNode.Parse(File.ReadAllBytes(folder.File("tokenizer_config.json")))!;
        Assert.Equal("<|im_start|>", (string?)config["bos_token"]);
        Assert.Equal("<|im_end|>", (string?)config["eos_token"]);
        Assert.False((bool?)config["add_bos_token"]);
        Assert.Equal(8192, (int?)config["model_max_length"]);
        Assert.Equal(file.Metadata.GetString("tokenizer.chat_template"), (string?)config["chat_template"]);
        Assert.Equal((string?)config["chat_template"], File.ReadAllText(folder.File("chat_template.jinja")));
    }

    [Fact]
    public void Named_UnknownSplittingRule_IsRefusedByName()
    {
        var refusal = Assert.Throws<BadModelException>(() => SplittingRules.Named("model.gguf", "made-up"));
        Assert.Contains("'made-up'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_PaddingThatEndsAnAnswer_IsReplaced()
    {
        var controls = new Dictionary<int, string> { [0] = "<|endoftext|>", [1] = "<|im_start|>", [2] = "<|im_end|>", [3] = "<tool>" };
        Assert.Equal(0, GenerationTokens.Choose(1, [2], [2, 0], controls, "<|im_start|>x<|im_end|>").Pad);
        Assert.Equal(3, GenerationTokens.Choose(1, [2], [2, 0], controls, "<|im_start|>x<|im_end|><|endoftext|>").Pad);
        Assert.Null(GenerationTokens.Choose(1, [0, 2, 3], [2], controls, null).Pad);
    }

    private static void AssertSame(string gguf, string published, Action<JsonNode>? adapt = null)
    {
        using var folder = new TemporaryFolder();
        using var file = GgufFile.Open(gguf);
        TokenizerJson.Write(folder.Path, GgufVocabulary.Read(file));
        var actual = JsonNode.Parse(File.ReadAllBytes(folder.File("tokenizer.json")))!;
        var expected = JsonNode.Parse(File.ReadAllBytes(published))!;
        adapt?.Invoke(expected);
        Normalise(expected);
        foreach (var part in expected.AsObject().Select(part => part.Key))
        {
            Assert.True(
                JsonNode.DeepEquals(expected[part], actual[part]), $"{part} differs: {Short(actual[part])} is not {Short(expected[part])}");
        }

        Assert.Equal(expected.AsObject().Count, actual.AsObject().Count);
    }

    // Merges are published as "a b" or as ["a", "b"]; the second text of a pair has type 1 in one published file, which
    // nobody reads for decoders.
    private static void Normalise(JsonNode tokenizer)
    {
        if (tokenizer["model"]!["merges"] is JsonArray merges && merges[0] is JsonValue)
        {
            tokenizer["model"]!["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)new JsonArray([.. ((string)merge!).Split(' ').Select(half => (JsonNode)half)]))]);
        }

        if (tokenizer["post_processor"]?["pair"] is not JsonArray pair) return;
        foreach (var item in pair.Select(item => item!.AsObject().Single().Value!)) item["type_id"] = 0;
    }

    private static string Short(JsonNode? node) =>
        node?.ToJsonString() is { } text ? text[..Math.Min(text.Length, 400)] : "null";
}
