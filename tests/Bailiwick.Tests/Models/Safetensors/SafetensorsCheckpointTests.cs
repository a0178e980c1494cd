using System.Text;
using Bailiwick.Models.Gguf;
using Bailiwick.Models.Safetensors;
using Bailiwick.Models.Weights;
using Bailiwick.Tests.Models.Weights;

namespace Bailiwick.Tests.Models.Safetensors;

public sealed class SafetensorsCheckpointTests
{
    [Fact]
    public void Open_ShardedCheckpoint_GivesTheTensorsOfAllShards()
    {
        using var checkpoint = SafetensorsCheckpoint.Open(Repository.Fixture("families", "checkpoints", "mixtral"));
        Assert.Equal(3, checkpoint.Files.Count);
        var perShard = checkpoint.Files.Sum(name =>
        {
            using var shard = SafetensorsFile.Open(Repository.Fixture("families", "checkpoints", "mixtral", name));
            return shard.Tensors.Count;
        });
        Assert.Equal(perShard, checkpoint.Tensors.Count);
        Assert.All(checkpoint.Tensors, pair => Assert.Equal(pair.Key, pair.Value.Name));
    }

    [Theory]
    [InlineData("llama", "llama.F16.gguf")]
    [InlineData("mistral", "mistral.F16.gguf")]
    [InlineData("mixtral", "mixtral.F16.gguf")]
    public void Rows_CheckpointAndItsGguf_HoldTheSameEmbedding(string checkpoint, string gguf)
    {
        using var published = SafetensorsCheckpoint.Open(Repository.Fixture("families", "checkpoints", checkpoint));
        using var converted = GgufFile.Open(Repository.Fixture("families", "gguf", "models", gguf));
        var (ours, theirs) = (published.Tensors["model.embed_tokens.weight"], converted.Tensors["token_embd.weight"]);
        Assert.Equal((TensorType.BF16, TensorType.F16), (ours.Type, theirs.Type));
        Assert.Equal(theirs.Shape, ours.Shape);
        Assert.Equal(Values(theirs), Values(ours));
    }

    [Fact]
    public void Open_ScalarAndEmptyTensors_AreAccepted()
    {
        using var file = Made("""
            {"scalar":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"none":{"dtype":"U8","shape":[3,0],"data_offsets":[4,4]}}
            """, 4);
        Assert.Equal((1L, 1L), (file.Tensors["scalar"].ElementCount, file.Tensors["scalar"].RowCount));
        Assert.Equal(4, file.Tensors["scalar"].Rows(0, 1).Length);
        Assert.Equal(0, file.Tensors["none"].ElementCount);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}""", "unknown or repeated member 'x'")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "unknown or repeated member 'dtype'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "lacks dtype, shape or two data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}""", "lacks dtype, shape or two data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", "more than 2 data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", "more than 8 dimensions")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}""", "overflows")]
    [InlineData("""{"a\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "surrogate")]
    [InlineData("""{"__metadata__":{"a":"b"},"__metadata__":{}}""", "duplicate")]
    [InlineData("""{} {}""", "not valid JSON")]
    public void Header_Malformed_IsRefusedWithItsReason(string header, string reason) =>
        BadFiles.Refusal(() => Made(header, 4), reason);

    private static SafetensorsFile Made(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        byte[] file = [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. new byte[dataBytes]];
        return SafetensorsFile.FromBytes("made.safetensors", file);
    }

    private static float[] Values(WeightTensor tensor)
    {
        var values = new float[tensor.ElementCount];
        Dequantizer.Rows(tensor.Type, tensor.Rows(0, (int)tensor.RowCount), values);
        return values;
    }
}
