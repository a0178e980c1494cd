using System.Text.Json;
using Bailiwick.Models.Gguf;
using Bailiwick.Models.Weights;
using Bailiwick.Tests.Models.Weights;

namespace Bailiwick.Tests.Models.Gguf;

public sealed class GgufFileTests
{
    [Fact]
    public void Open_DefaultModel_GivesItsMetadataAndTensors()
    {
        using var file = GgufFile.Open(Repository.Model("smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        var metadata = file.Metadata;
        Assert.Equal("llama", metadata.GetString("general.architecture"));
        Assert.Equal(30u, metadata.GetUInt32("llama.block_count"));
        Assert.Equal(576u, metadata.GetUInt32("llama.embedding_length"));
        Assert.Equal(9u, metadata.GetUInt32("llama.attention.head_count"));
        Assert.Equal(3u, metadata.GetUInt32("llama.attention.head_count_kv"));
        Assert.Equal(8192u, metadata.GetUInt32("llama.context_length"));
        Assert.Equal(100_000f, metadata.GetFloat("llama.rope.freq_base"));
        Assert.Equal(1e-5f, metadata.GetFloat("llama.attention.layer_norm_rms_epsilon"));
        var tokens = metadata.GetStrings("tokenizer.ggml.tokens");
        Assert.Equal(49152, tokens.Count);
        Assert.Equal("<|im_start|>", tokens[1]);
        Assert.Equal(tokens.Count, metadata.GetInt32s("tokenizer.ggml.token_type").Count);
        Assert.Contains("im_start", metadata.GetString("tokenizer.chat_template"), StringComparison.Ordinal);

        Assert.Equal(272, file.Tensors.Count);
        var gate = file.Tensors["blk.0.ffn_gate.weight"];
        Assert.Equal((TensorType.Q4_1, 1536, 576), (gate.Type, gate.Shape[0], gate.Shape[1]));
        Assert.Equal(576 / 32 * 20, gate.RowBytes);
        Assert.Equal(1536 * gate.RowBytes, gate.ByteCount);
    }

    [Fact]
    public void Open_DefaultModel_CostsLittleMemory()
    {
        var path = Repository.Model("smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var file = GgufFile.Open(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Open_EveryModelOfTheFixtures_GivesTheTensorTypesOfTheirIndex()
    {
        var folder = Repository.Fixture("families", "gguf", "models");
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "INDEX.json")));
        foreach (var entry in index.RootElement.GetProperty("files").EnumerateArray())
        {
            using var file = GgufFile.Open(Path.Combine(folder, entry.GetProperty("file").GetString()!));
            Assert.Equal(entry.GetProperty("architecture").GetString(), file.Metadata.GetString("general.architecture"));
            var expected = entry.GetProperty("tensor_types").EnumerateObject()
                .ToDictionary(type => type.Name, type => type.Value.GetInt32());
            Assert.Equal(expected, file.Tensors.Values.CountBy(tensor => $"{tensor.Type}").ToDictionary());
            Assert.All(file.Tensors.Values, tensor => Assert.Equal(tensor.RowBytes, tensor.Rows(tensor.RowCount - 1, 1).Length));
        }
    }

    [Theory]
    [InlineData("spm_bpe", 480)]
    [InlineData("unigram", 185)]
    public void Open_VocabularyWithoutTensors_GivesItsPieces(string tokenizer, int pieces)
    {
        using var file = GgufFile.Open(Repository.Fixture("families", "tokenizers", tokenizer, "vocab.gguf"));
        Assert.Empty(file.Tensors);
        Assert.Equal(pieces, file.Metadata.GetStrings("tokenizer.ggml.tokens").Count);
        Assert.Equal(pieces, file.Metadata.GetFloats("tokenizer.ggml.scores").Count);
    }

    [Fact]
    public void Rows_ThreeDimensions_AreReadOutermostFirst()
    {
        using var file = new GgufBytes { DataBytes = 2 * 3 * 4 * 4 }.WithTensor("t", (uint)TensorType.F32, 0, 4, 3, 2).Open();
        var tensor = file.Tensors["t"];
        Assert.Equal([2, 3, 4], tensor.Shape);
        Assert.Equal((6, 4, 24), (tensor.RowCount, tensor.RowLength, tensor.ElementCount));
        Assert.Equal(2 * 16, tensor.Rows(4, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Rows(5, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Rows(-1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Rows(0, -1).Length);
    }

    [Fact]
    public void Rows_AfterDispose_Throws()
    {
        var file = GgufFile.Open(BadFiles.Path("good.gguf"));
        var tensor = file.Tensors.Values.First();
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Rows(0, 1).Length);
    }

    [Theory]
    [InlineData(1, "version 1")]
    [InlineData(4, "version 4")]
    public void Open_OtherVersion_IsRefused(uint version, string reason) =>
        BadFiles.Refusal(() => new GgufBytes { Version = version }.Open(), reason);

    [Fact]
    public void Open_Version2_IsAccepted()
    {
        using var file = new GgufBytes { Version = 2 }.Open();
        Assert.Empty(file.Tensors);
    }

    [Fact]
    public void Open_PartOfASplitModel_IsRefused() => BadFiles.Refusal(
        () => new GgufBytes().With("split.count", GgufValueType.UInt16, 3, 0).Open(), "one of 3 parts");

    [Fact]
    public void Open_RowLongerThanASpan_IsRefused() => BadFiles.Refusal(
        () => new GgufBytes().WithTensor("t", (uint)TensorType.F32, 0, 1UL << 30).Open(), "too long to read");

    [Fact]
    public void Open_TensorTypeOfAnotherFormat_IsRefused() => BadFiles.Refusal(
        () => new GgufBytes { DataBytes = 32 }.WithTensor("t", (uint)TensorType.Bool, 0, 32).Open(), "unknown type 1000");

    [Fact]
    public void Open_TerminalSequenceInATensorName_IsRefusedAndEscaped()
    {
        var refusal = BadFiles.Refusal(() => new GgufBytes { DataBytes = 32 }.WithTensor("\u001b[2J", 0, 0, 8).Open());
        Assert.Contains("\\u001b", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', refusal.Message);
    }
}
