using System.Text.Json.Nodes;
using Bailiwick.Decoder.GenAi;
using Bailiwick.Decoder.Loop;

namespace Bailiwick.Tests.Decoder.GenAi;

[Trait("Category", "Hostile")]
public sealed class GenAiFolderTests : IDisposable
{
    private const string Good = """
        {"model":{"type":"decoder","vocab_size":100,"context_length":64,"eos_token_id":[2,5],"pad_token_id":0,
        "decoder":{"filename":"model.onnx","session_options":{"provider_options":[],"intra_op_num_threads":2,
        "session.intra_op.allow_spinning":"0"}}},"search":{"max_length":64,"past_present_share_buffer":true}}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-folder-").FullName;

    public GenAiFolderTests() => File.WriteAllText(Path.Combine(_folder, "model.onnx"), "");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_AGoodConfiguration_GivesItsFacts()
    {
        var read = Read(Good);
        Assert.Equal((64, 100), (read.ContextTokens, read.Vocabulary));
        Assert.Equal([2, 5], read.StopIds);
    }

    [Theory]
    [InlineData("model.decoder.session_options.custom_ops_library", "\"/tmp/evil.so\"", "custom_ops_library")]
    [InlineData("model.decoder.session_options.ep_library_path", "\"evil.so\"", "ep_library_path")]
    [InlineData("model.decoder.session_options.session.load_model_format", "\"ORT\"", "session.load_model_format")]
    [InlineData("model.decoder.session_options.provider_options", "[{\"cuda\":{}}]", "provider_options")]
    [InlineData("model.decoder.filename", "\"../model.onnx\"", "model.decoder.filename")]
    [InlineData("model.decoder.filename", "\"/etc/passwd\"", "model.decoder.filename")]
    [InlineData("model.decoder.filename", "\"absent.onnx\"", "absent.onnx")]
    [InlineData("model.decoder.pipeline", "[]", "pipeline")]
    [InlineData("model.vision", "{}", "model.vision")]
    [InlineData("model.vocab_size", "2147483647", "vocab_size")]
    [InlineData("model.vocab_size", "1e3", "vocab_size")]
    [InlineData("model.vocab_size", "\"100\"", "vocab_size")]
    [InlineData("model.context_length", "0", "context_length")]
    [InlineData("model.eos_token_id", "100", "eos_token_id")]
    [InlineData("model.eos_token_id", "[]", "eos_token_id")]
    [InlineData("search.chunk_size", "1", "search.chunk_size")]
    [InlineData("engine", "{}", "engine")]
    public void Read_AnUnknownOrDangerousSetting_IsRefusedByFileAndKey(string path, string value, string named)
    {
        var root = JsonNode.Parse(Good)!;
        var at = root;
        string[] parts = path.Contains(".session_options.", StringComparison.Ordinal)
            ? ["model", "decoder", "session_options", path[(path.IndexOf("session_options.", StringComparison.Ordinal) + 16)..]]
            : path.Split('.');
        foreach (var part in parts[..^1])
        {
            at = at[part]!;
        }

        at[parts[^1]] = JsonNode.Parse(value);
        AssertRefused(root.ToJsonString(), named);
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "object")]
    [InlineData("{\"model\":{},\"model\":{}}", "JSON")]
    [InlineData("{\"search\":{}}", "filename")]
    public void Read_NotAConfiguration_IsRefused(string text, string named) => AssertRefused(text, named);

    [Fact]
    public void Read_ALinkedFile_IsRefused()
    {
        File.Delete(Path.Combine(_folder, "model.onnx"));
        File.CreateSymbolicLink(Path.Combine(_folder, "model.onnx"), "/dev/zero");
        AssertRefused(Good, "link");
    }

    [Fact]
    public void Read_NoConfiguration_IsRefused() =>
        Assert.Contains("genai_config.json", Assert.Throws<DecoderProblemException>(() => GenAiFolder.Read(_folder)).Message, StringComparison.Ordinal);

    private GenAiFolder Read(string config)
    {
        File.WriteAllText(Path.Combine(_folder, "genai_config.json"), config);
        return GenAiFolder.Read(_folder);
    }

    private void AssertRefused(string config, string named)
    {
        var refusal = Assert.Throws<DecoderProblemException>(() => Read(config));
        Assert.Equal("invalid", refusal.Problem.Code);
        Assert.Contains(_folder, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }
}
