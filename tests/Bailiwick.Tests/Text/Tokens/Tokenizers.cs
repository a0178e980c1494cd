using System.Text.Json;
using Bailiwick.Text;

namespace Bailiwick.Tests.Text.Tokens;

/// <summary>The tokenizers of the fixtures, loaded once.</summary>
internal static class Tokenizers
{
    private static readonly Lazy<ModelText> LazySmolLm2 =
        new(() => ModelText.Load(File.ReadAllBytes(Repository.Fixture("smollm2-135m-instruct", "tokenizer.json"))));

    /// <summary>The tokenizer of the default model: digits one by one, byte-level BPE, 49,152 tokens.</summary>
    public static ModelText SmolLm2 => LazySmolLm2.Value;

    public static TheoryData<string> Families => new("bpe320", "spm_bpe", "unigram");

    public static byte[] FamilyJson(string name) => File.ReadAllBytes(FamilyFile(name, "tokenizer.json"));

    public static ModelText Family(string name) =>
        ModelText.Load(FamilyJson(name), File.ReadAllBytes(FamilyFile(name, "tokenizer_config.json")));

    public static JsonElement FamilyCases(string name) => Json(FamilyFile(name, "cases.json"));

    public static JsonElement Json(string path) => JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(path));

    public static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];

    private static string FamilyFile(string name, string file) => Repository.Fixture("families", "tokenizers", name, file);
}
