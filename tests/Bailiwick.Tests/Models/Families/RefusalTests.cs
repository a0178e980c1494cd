using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Models.Families;
using Bailiwick.Models.Gguf;
using Bailiwick.Models.Safetensors;
using Bailiwick.Models.Weights;

namespace Bailiwick.Tests.Models.Families;

/// <summary>What is not built is refused by its name, never built wrongly.</summary>
public sealed class RefusalTests
{
    /// <summary>The published files that no family here builds, with what their refusal must name.</summary>
    public static TheoryData<string, string> UnbuiltGguf()
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(Repository.Fixture("families", "gguf", "models", "INDEX.json")));
        var rows = new TheoryData<string, string>();
        foreach (var item in index.RootElement.GetProperty("files").EnumerateArray())
        {
            var file = item.GetProperty("file").GetString()!;
            var architecture = item.GetProperty("architecture").GetString()!;
            if (ReferenceTests.IsBuilt(item)) continue;
            var unbuilt = ReferenceTests.UnbuiltTypes(item).FirstOrDefault();
            rows.Add(file, architecture != LlamaGguf.Architecture ? $"'{architecture}'" : unbuilt ?? "mixture of experts");
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(UnbuiltGguf))]
    public void FromGguf_ModelThatIsNotBuilt_IsRefusedByName(string file, string named)
    {
        using var gguf = GgufFile.Open(Repository.Fixture("families", "gguf", "models", file));
        var refusal = Assert.Throws<BadModelException>(() => ModelFamilies.FromGguf(gguf, null));
        Assert.Equal(file, refusal.File);
        Assert.Contains(named, refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void FromCheckpoint_ArchitectureThatIsNotBuilt_IsRefusedByName()
    {
        foreach (var (name, architecture, _) in ReferenceTests.CheckpointFolders().Where(item => !item.IsBuilt))
        {
            var folder = Repository.Fixture("families", "checkpoints", name);
            using var weights = SafetensorsCheckpoint.Open(folder);
            var config = JsonFields.Read(Path.Combine(folder, "config.json"), 1 << 20);
            var refusal = Assert.Throws<BadModelException>(() => ModelFamilies.FromCheckpoint(config, weights, null));
            Assert.Contains($"'{architecture}'", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("architectures", """["MambaForCausalLM"]""", "'MambaForCausalLM'")]
    [InlineData("architectures", """[]""", "'architectures'")]
    [InlineData("attention_bias", "true", "'attention_bias'")]
    [InlineData("mlp_bias", "true", "'mlp_bias'")]
    [InlineData("hidden_act", "\"gelu\"", "'gelu'")]
    [InlineData("quantization_config", """{"quant_method": "gptq"}""", "'quantization_config'")]
    [InlineData("num_local_experts", "8", "'num_local_experts'")]
    [InlineData("auto_map", """{"AutoModel": "model.Model"}""", "'auto_map'")]
    [InlineData("hidden_size", "128", "has the shape")]
    [InlineData("num_hidden_layers", "1", "that the family llama does not have")]
    [InlineData("num_hidden_layers", "3", "lacks the tensor")]
    [InlineData("num_hidden_layers", "1000000", "'num_hidden_layers'")]
    [InlineData("num_key_value_heads", "3", "do not divide")]
    [InlineData("head_dim", "24", "multiple of 16")]
    [InlineData("rope_scaling", """{"rope_type": "yarn", "factor": 4}""", "'yarn'")]
    [InlineData("rope_scaling", """{"rope_type": "llama3", "factor": 8}""", "'rope_scaling.low_freq_factor'")]
    [InlineData("rope_parameters", """{"full_attention": {"rope_theta": 1}}""", "kind of layer")]
    [InlineData("partial_rotary_factor", "0.5", "'partial_rotary_factor'")]
    [InlineData("vocab_size", "\"320\"", "is not an integer")]
    public void FromCheckpoint_ChangedConfiguration_IsRefusedByName(string key, string value, string named)
    {
        var folder = Repository.Fixture("families", "checkpoints", "llama");
        var changed = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")))!.AsObject();
        changed[key] = JsonNode.Parse(value);
        var config = JsonFields.Parse("config.json", JsonSerializer.SerializeToUtf8Bytes(changed));
        using var weights = SafetensorsCheckpoint.Open(folder);
        var refusal = Assert.Throws<BadModelException>(() => ModelFamilies.FromCheckpoint(config, weights, null));
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", null)]
    [InlineData("512", null)]
    [InlineData("16", 16)]
    public void FromCheckpoint_SlidingWindow_CountsOnlyBelowTheContext(string value, int? expected)
    {
        var folder = Repository.Fixture("families", "checkpoints", "mistral");
        var changed = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")))!.AsObject();
        changed["sliding_window"] = JsonNode.Parse(value);
        using var weights = SafetensorsCheckpoint.Open(folder);
        var decoder = ModelFamilies.FromCheckpoint(JsonFields.Parse("config.json", JsonSerializer.SerializeToUtf8Bytes(changed)), weights, null);
        Assert.All(decoder.Layers, layer => Assert.Equal(expected, layer.Window));
    }

    [Fact]
    public void FromCheckpoint_LongerContextThanTheModelHas_IsRefused()
    {
        var folder = Repository.Fixture("families", "checkpoints", "llama");
        using var weights = SafetensorsCheckpoint.Open(folder);
        var config = JsonFields.Read(Path.Combine(folder, "config.json"), 1 << 20);
        Assert.Contains(
            "512 tokens; 513", Assert.Throws<BadModelException>(() => ModelFamilies.FromCheckpoint(config, weights, 513)).Message, StringComparison.Ordinal);
    }
}
