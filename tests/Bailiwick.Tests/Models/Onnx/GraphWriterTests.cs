using Bailiwick.Models.Onnx;
using Bailiwick.Tests.Models.Weights;
using static Bailiwick.Models.Onnx.TensorProto.Types;

namespace Bailiwick.Tests.Models.Onnx;

public sealed class GraphWriterTests
{
    [Fact]
    public void Weight_LargeTensor_BeginsOnAPageAndSmallOnesBetween()
    {
        using var folder = new TemporaryFolder();
        using (var graph = new GraphWriter(folder.Path, "test"))
        {
            graph.Weight("small", [3], [1, 2, 3]);
            graph.Weight("large", [1 << 15], new float[1 << 15]);
            graph.Save();
        }

        var tensors = Read(folder).Graph.Initializer;
        Assert.Equal(
            ["0", "4096"], tensors.Select(tensor => tensor.ExternalData.Single(entry => entry.Key == "offset").Value));
        Assert.All(tensors, tensor => Assert.Equal(DataLocation.External, tensor.DataLocation));
    }

    [Fact]
    public void Weight_FewerBytesThanItsShape_IsABugThatShows()
    {
        using var folder = new TemporaryFolder();
        using var graph = new GraphWriter(folder.Path, "test");
        Assert.Throws<InvalidOperationException>(() => graph.Weight("w", DataType.Float, [2], file => file.Write([1, 2, 3, 4])));
    }

    [Fact]
    public void Weight_NameTwice_IsABugThatShows()
    {
        using var folder = new TemporaryFolder();
        using var graph = new GraphWriter(folder.Path, "test");
        graph.Weight("w", [1], [1]);
        Assert.Throws<InvalidOperationException>(() => graph.Weight("w", [1], [1]));
    }

    [Fact]
    public void Node_AttributeOfZero_IsWritten()
    {
        using var folder = new TemporaryFolder();
        using (var graph = new GraphWriter(folder.Path, "test"))
        {
            graph.Node("ReduceSum", "y", ["x"], NodeAttribute.Of("keepdims", 0));
            graph.Save();
        }

        var attribute = Read(folder).Graph.Node.Single().Attribute.Single();
        Assert.True(attribute.HasI);
        Assert.Equal(0, attribute.I);
    }

    private static ModelProto Read(TemporaryFolder folder) =>
        ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.File(GraphWriter.FileName)));
}
