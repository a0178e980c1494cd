using System.Text.Json.Nodes;
using Bailiwick.Models.Import;
using Bailiwick.Models.Onnx;
using Bailiwick.Models.Weights;
using Bailiwick.Tests.Models.Weights;
using Google.Protobuf;

namespace Bailiwick.Tests.Models.Import;

/// <summary>Sources made to harm: each is refused with a sentence that names file and reason, and nothing enters the
/// store.</summary>
[Trait("Category", "Hostile")]
public sealed class HostileImportTests
{
    private const string Config = "genai_config.json";

    private static string Small => Repository.Fixture("families", "gguf", "models", "llama.Q4_0.gguf");

    [Fact]
    public async Task Import_LinkAsSource_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("model.gguf"), Small);
        await RefusedAsync(folder.File("model.gguf"), "model.gguf", "symbolic link");
    }

    [Fact]
    public async Task Import_LinkInACheckpoint_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var source = ModelImporterTests.CopyOf(TestBuilds.Published("llama"), folder.File("source"));
        File.Delete(Path.Combine(source, "config.json"));
        File.CreateSymbolicLink(Path.Combine(source, "config.json"), Path.Combine(TestBuilds.Published("llama"), "config.json"));
        await RefusedAsync(source, "config.json", "symbolic link");
    }

    [Fact]
    public async Task Import_FileThatTheEntryStatesOtherwise_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.Model("smollm2-135m-instruct", "model.json"), folder.File("model.json"));
        File.Copy(Small, folder.File("SmolLM2-135M-Instruct.Q4_1.gguf"));
        await RefusedAsync(folder.Path, "SmolLM2-135M-Instruct.Q4_1.gguf", "model.json beside it states b179c9523d0e");
    }

    [Fact]
    public async Task Import_EntryWithUnknownKey_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var entry = JsonNode.Parse(File.ReadAllBytes(Repository.Model("smollm2-135m-instruct", "model.json")))!;
        entry["run"] = "something";
        File.WriteAllText(folder.File("model.json"), entry.ToJsonString());
        File.Copy(Small, folder.File("SmolLM2-135M-Instruct.Q4_1.gguf"));
        await RefusedAsync(folder.Path, "model.json", "expected form");
    }

    [Fact]
    public async Task Import_FolderWithNothingPublished_IsRefused()
    {
        using var folder = new TemporaryFolder();
        await RefusedAsync(folder.Path, Path.GetFileName(folder.Path), "neither a .gguf file");
    }

    [Theory]
    [InlineData("model/decoder/session_options/custom_ops_library", "\"/tmp/evil.so\"", "'model.decoder.session_options.custom_ops_library' is a key that is not allowed")]
    [InlineData("model/decoder/session_options/provider_options", """[{"cuda": {}}]""", "provider_options' must be an empty list")]
    [InlineData("model/decoder/session_options/ep.context_enable", "\"1\"", "is a key that is not allowed")]
    [InlineData("model/decoder/session_options/session.disable_prepacking", "\"1\"", "is a key that is not allowed")]
    [InlineData("model/decoder/filename", "\"/etc/passwd\"", "a bare file name")]
    [InlineData("model/decoder/filename", "\"../model.onnx\"", "a bare file name")]
    [InlineData("model/decoder/filename", "\"..\\\\model.onnx\"", "a bare file name")]
    [InlineData("model/decoder/filename", "\"missing.onnx\"", "'missing.onnx', which is not in the folder")]
    [InlineData("model/decoder/pipeline", "[]", "is a key that is not allowed")]
    [InlineData("model/vision", "{}", "is a key that is not allowed")]
    [InlineData("model/type", "\"whisper\"", "'whisper'")]
    [InlineData("model/vocab_size", "321", "321")]
    [InlineData("model/pad_token_id", "2", "'model.pad_token_id'")]
    [InlineData("model/eos_token_id", "[]", "names no token")]
    [InlineData("search/num_beams", "4", "'search.num_beams'")]
    [InlineData("search/max_length", "1000000", "'search.max_length'")]
    [InlineData("engine", "{}", "'engine' is a key that is not allowed")]
    public async Task Import_ChangedConfiguration_IsRefused(string key, string value, string reason)
    {
        using var folder = new TemporaryFolder();
        var source = await FinishedAsync(folder);
        var config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(source, Config)))!;
        var parts = key.Split('/');
        var parent = parts[..^1].Aggregate(config, (node, part) => node[part]!);
        parent[parts[^1]] = JsonNode.Parse(value);
        File.WriteAllText(Path.Combine(source, Config), config.ToJsonString());
        await RefusedAsync(source, null, reason);
    }

    [Fact]
    public async Task Import_ConfigurationWithAKeyTwice_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var source = await FinishedAsync(folder);
        var text = File.ReadAllText(Path.Combine(source, Config));
        File.WriteAllText(Path.Combine(source, Config), text.Replace("\"search\"", "\"model\"", StringComparison.Ordinal));
        await RefusedAsync(source, Config, "is not the JSON that is expected");
    }

    [Theory]
    [InlineData("evil.so")]
    [InlineData("modeling.py")]
    [InlineData("pytorch_model.bin")]
    public async Task Import_FileThatNoGenAiModelNeeds_IsRefused(string name)
    {
        using var folder = new TemporaryFolder();
        var source = await FinishedAsync(folder);
        File.WriteAllText(Path.Combine(source, name), "");
        await RefusedAsync(source, $"'{name}'", "is not a file that a GenAI model needs");
    }

    [Fact]
    public async Task Import_FolderInAFinishedModel_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var source = await FinishedAsync(folder);
        Directory.CreateDirectory(Path.Combine(source, "inner"));
        await RefusedAsync(source, "inner", "is a folder");
    }

    public static TheoryData<string, string> GraphChanges() => new()
    {
        { "location", "'../model.onnx.data'" },
        { "absolute", "'/etc/passwd'" },
        { "offset", "beyond the end" },
        { "domain", "'evil.ops'" },
        { "context", "EPContext" },
        { "function", "functions of its own" },
        { "width", "does not state the width" },
        { "nested", "'../inner.data'" },
    };

    [Theory]
    [MemberData(nameof(GraphChanges))]
    public async Task Import_ChangedGraph_IsRefused(string change, string reason)
    {
        using var folder = new TemporaryFolder();
        var source = await FinishedAsync(folder);
        var path = Path.Combine(source, "model.onnx");
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        Change(model, change);
        File.WriteAllBytes(path, model.ToByteArray());
        await RefusedAsync(source, "model.onnx", reason);
    }

    [Fact]
    public async Task Import_GraphOfRandomBytes_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var source = await FinishedAsync(folder);
        var bytes = new byte[4096];
        new Random(11).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(source, "model.onnx"), bytes);
        await RefusedAsync(source, "model.onnx", "is not an ONNX model");
    }

    [Fact]
    public async Task Import_TokenizerWithMoreTokensThanLogits_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var source = ModelImporterTests.CopyOf(TestBuilds.Published("llama"), folder.File("source"));
        var tokenizer = JsonNode.Parse(File.ReadAllBytes(Path.Combine(source, "tokenizer.json")))!;
        tokenizer["model"]!["vocab"]!["beyond"] = 320;
        File.WriteAllText(Path.Combine(source, "tokenizer.json"), tokenizer.ToJsonString());
        await RefusedAsync(source, null, "a token with the id 320, but embeds only 320");
    }

    [Fact]
    public async Task Import_GgufWithAPrecision_IsRefusedAndNotIgnored()
    {
        using var store = new TemporaryFolder();
        var refusal = await Assert.ThrowsAsync<BadModelException>(
            () => TestBuilds.ImportAsync(Small, store.Path, new ImportOptions { Precision = WeightPrecision.AsStored }));
        Assert.Contains("leave the precision out", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_HugeConfiguration_IsRefusedUnread()
    {
        using var folder = new TemporaryFolder();
        var source = ModelImporterTests.CopyOf(TestBuilds.Published("llama"), folder.File("source"));
        using (var file = File.OpenWrite(Path.Combine(source, "config.json"))) file.SetLength(8L << 20);
        await RefusedAsync(source, "config.json", "at most");
    }

    private static void Change(ModelProto model, string change)
    {
        var outside = model.Graph.Initializer.First(tensor => tensor.ExternalData.Count > 0);
        var entry = (string key) => outside.ExternalData.Single(item => item.Key == key);
        switch (change)
        {
            case "location": entry("location").Value = "../model.onnx.data"; break;
            case "absolute": entry("location").Value = "/etc/passwd"; break;
            case "offset": entry("offset").Value = "99999999999"; break;
            case "domain": model.Graph.Node[0].Domain = "evil.ops"; break;
            case "context": model.Graph.Node[0].OpType = "EPContext"; break;
            case "function": model.Functions.Add(new FunctionProto { Name = "f" }); break;
            case "width": model.Graph.Output.Single(output => output.Name == "logits").Type.TensorType.Shape.Dim[2].DimParam = "v"; break;
            case "nested":
                var inner = new TensorProto { Name = "inner", DataLocation = TensorProto.Types.DataLocation.External };
                inner.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "../inner.data" });
                var body = new GraphProto();
                body.Initializer.Add(inner);
                model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "body", G = body });
                break;
            default: throw new ArgumentOutOfRangeException(nameof(change), change, "No such change.");
        }
    }

    private static async Task<string> FinishedAsync(TemporaryFolder folder)
    {
        var built = await TestBuilds.OfAsync(Small, new ImportOptions());
        return ModelImporterTests.CopyOf(built.Folder, folder.File("source"));
    }

    private static async Task RefusedAsync(string source, string? file, string reason)
    {
        using var store = new TemporaryFolder();
        var refusal = await Assert.ThrowsAsync<BadModelException>(() => TestBuilds.ImportAsync(source, store.Path, new ImportOptions()));
        if (file is not null) Assert.Equal(file, refusal.File);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(store.Path, "builds")));
    }
}
