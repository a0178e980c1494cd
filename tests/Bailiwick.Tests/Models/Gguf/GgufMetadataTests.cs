using Bailiwick.Models.Gguf;
using Bailiwick.Models.Weights;

namespace Bailiwick.Tests.Models.Gguf;

public sealed class GgufMetadataTests
{
    [Theory]
    [InlineData(GgufValueType.UInt8, new byte[] { 200 }, 200u)]
    [InlineData(GgufValueType.Int8, new byte[] { 100 }, 100u)]
    [InlineData(GgufValueType.UInt16, new byte[] { 0, 1 }, 256u)]
    [InlineData(GgufValueType.Int16, new byte[] { 0, 1 }, 256u)]
    [InlineData(GgufValueType.UInt32, new byte[] { 255, 255, 255, 255 }, uint.MaxValue)]
    [InlineData(GgufValueType.Int32, new byte[] { 1, 0, 0, 0 }, 1u)]
    [InlineData(GgufValueType.UInt64, new byte[] { 5, 0, 0, 0, 0, 0, 0, 0 }, 5u)]
    [InlineData(GgufValueType.Int64, new byte[] { 6, 0, 0, 0, 0, 0, 0, 0 }, 6u)]
    public void GetUInt32_AnyIntegerWidth_GivesTheValue(GgufValueType type, byte[] value, uint expected)
    {
        using var file = new GgufBytes().With("k", type, value).Open();
        Assert.Equal(expected, file.Metadata.GetUInt32("k"));
    }

    [Theory]
    [InlineData(GgufValueType.Int32, new byte[] { 255, 255, 255, 255 }, "-1")]
    [InlineData(GgufValueType.UInt64, new byte[] { 0, 0, 0, 0, 1, 0, 0, 0 }, "4294967296")]
    [InlineData(GgufValueType.Float32, new byte[] { 0, 0, 128, 63 }, "Float32")]
    [InlineData(GgufValueType.Bool, new byte[] { 1 }, "Bool")]
    public void GetUInt32_ValueThatDoesNotFit_NamesKeyExpectedAndFound(GgufValueType type, byte[] value, string found)
    {
        using var file = new GgufBytes().With("llama.block_count", type, value).Open();
        var refusal = Assert.Throws<BadModelException>(() => file.Metadata.GetUInt32("llama.block_count"));
        Assert.StartsWith("made.gguf: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("llama.block_count", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("expected an unsigned 32-bit integer", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_AbsentKey_IsRefusedAndFindGivesNull()
    {
        using var file = new GgufBytes().Open();
        var metadata = file.Metadata;
        Assert.Null(metadata.FindString("k"));
        Assert.Null(metadata.FindBool("k"));
        Assert.Null(metadata.FindUInt32("k"));
        Assert.Null(metadata.FindFloat("k"));
        Assert.Null(metadata.FindStrings("k"));
        Assert.Null(metadata.FindInt32s("k"));
        Assert.Null(metadata.FindFloats("k"));
        Assert.Null(metadata.FindBools("k"));
        Action[] gets =
        [
            () => metadata.GetString("k"), () => metadata.GetUInt32("k"), () => metadata.GetFloat("k"),
            () => metadata.GetStrings("k"), () => metadata.GetInt32s("k"), () => metadata.GetFloats("k"),
        ];
        Assert.All(gets, get => Refused(get, "lacks the metadata key k"));
    }

    [Fact]
    public void Get_ArrayWhereOneValueIsExpected_IsRefusedAndTheOtherWayRound()
    {
        using var file = new GgufBytes()
            .WithArray("array", GgufValueType.UInt32, 2, 1, 0, 0, 0, 2, 0, 0, 0)
            .With("one", GgufValueType.UInt32, 1, 0, 0, 0)
            .Open();
        Refused(() => _ = file.Metadata.GetUInt32("array"), "an array of 2 UInt32");
        Refused(() => _ = file.Metadata.GetInt32s("one"), "a UInt32");
        Assert.Equal([1, 2], file.Metadata.GetInt32s("array"));
    }

    [Fact]
    public void GetInt32s_OneElementOutOfRange_IsRefused()
    {
        using var file = new GgufBytes().WithArray("a", GgufValueType.UInt32, 2, 1, 0, 0, 0, 255, 255, 255, 255).Open();
        Refused(() => _ = file.Metadata.GetInt32s("a"), "4294967295");
    }

    [Fact]
    public void Find_StringsFloatsAndBools_GiveTheValues()
    {
        using var file = new GgufBytes()
            .WithArray("strings", GgufValueType.String, 2, [2, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0, 0, 0, 0, 0])
            .WithArray("bools", GgufValueType.Bool, 3, 1, 0, 1)
            .WithArray("floats", GgufValueType.Float64, 1, BitConverter.GetBytes(0.5))
            .With("float", GgufValueType.Float32, BitConverter.GetBytes(1e-5f))
            .With("bool", GgufValueType.Bool, 1)
            .Open();
        Assert.Equal(["é", ""], file.Metadata.GetStrings("strings"));
        Assert.Equal([true, false, true], file.Metadata.FindBools("bools")!);
        Assert.Equal([0.5f], file.Metadata.GetFloats("floats"));
        Assert.Equal(1e-5f, file.Metadata.GetFloat("float"));
        Assert.True(file.Metadata.FindBool("bool"));
    }

    private static void Refused(Action get, string words) =>
        Assert.Contains(words, Assert.Throws<BadModelException>(get).Message, StringComparison.Ordinal);
}
