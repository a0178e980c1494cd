using Bailiwick.Models.Weights;

namespace Bailiwick.Tests.Models.Gguf;

public sealed class WeightTensorTests
{
    [Fact]
    public void Rows_TensorInMemory_GiveItsBytes()
    {
        var tensor = new WeightTensor("t", TensorType.Q8_0, [2, 64], Enumerable.Range(0, 136).Select(i => (byte)i).ToArray());
        Assert.Equal((2L, 64L, 68L), (tensor.RowCount, tensor.RowLength, tensor.RowBytes));
        Assert.Equal((128L, 136L), (tensor.ElementCount, tensor.ByteCount));
        Assert.Equal(68, tensor.Rows(1, 1)[0]);
        Assert.True(tensor.Rows(2, 0).IsEmpty);
    }

    [Fact]
    public void Constructor_BytesOrShapeThatDoNotFit_Throws()
    {
        Assert.Throws<ArgumentException>(() => new WeightTensor("t", TensorType.F32, [2], new byte[7]));
        Assert.Throws<ArgumentException>(() => new WeightTensor("t", TensorType.Q4_0, [33], new byte[18]));
        Assert.Throws<ArgumentException>(() => new WeightTensor("t", TensorType.F32, [-1], new byte[4]));
    }

    [Fact]
    public void Message_HostileFileName_IsEscapedAndCut()
    {
        var refusal = new BadModelException("\u001b[31m" + new string('x', 500), "is empty");
        Assert.StartsWith("\\u001b[31mxxx", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(refusal.Message.Length, 1, 150);
    }
}
