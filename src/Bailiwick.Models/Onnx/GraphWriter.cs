using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using static Bailiwick.Models.Onnx.TensorProto.Types;

namespace Bailiwick.Models.Onnx;

/// <summary>
/// Writes one ONNX graph: nodes and names in memory, weights streamed to <see cref="ExternalData"/>. The same calls give
/// the same bytes. Operators of ai.onnx come from <see cref="Opset"/>, those of ONNX Runtime from com.microsoft 1.
/// </summary>
internal sealed class GraphWriter : IDisposable
{
    /// <summary>Name of the graph's file.</summary>
    public const string FileName = "model.onnx";

    private const int Opset = 21;
    private const int IrVersion = 10;
    private const string Contrib = "com.microsoft";

    private readonly string _folder;
    private readonly ExternalData _data;
    private readonly GraphProto _graph;
    private readonly HashSet<string> _initializers = [];

    /// <param name="folder">Existing folder that receives both files.</param>
    /// <param name="name">Name of the graph.</param>
    public GraphWriter(string folder, string name)
    {
        _folder = folder;
        _data = new ExternalData(folder);
        _graph = new GraphProto { Name = name };
    }

    /// <summary>Whether an initializer of this name was written: shared tensors are written once.</summary>
    public bool Has(string initializer) => _initializers.Contains(initializer);

    public void Input(string name, DataType type, params ReadOnlySpan<Dimension> shape) =>
        _graph.Input.Add(ValueInfo(name, type, shape));

    public void Output(string name, DataType type, params ReadOnlySpan<Dimension> shape) =>
        _graph.Output.Add(ValueInfo(name, type, shape));

    /// <summary>Adds a node of ai.onnx and returns its output.</summary>
    public string Node(string op, string output, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        Add(op, "", [output], inputs, attributes);
        return output;
    }

    /// <summary>Adds a node of ai.onnx with several outputs.</summary>
    public void Node(
        string op, ReadOnlySpan<string> outputs, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Add(op, "", outputs, inputs, attributes);

    /// <summary>Adds a node of com.microsoft and returns its first output. An empty name stands for an absent
    /// one.</summary>
    public string ContribNode(
        string op, ReadOnlySpan<string> outputs, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        Add(op, Contrib, outputs, inputs, attributes);
        return outputs[0];
    }

    /// <summary>A small int64 constant, kept in the graph itself where shape inference reads it. One value and no
    /// shape: a scalar.</summary>
    public string Constant(string name, params ReadOnlySpan<long> values) => Constant(name, values, [values.Length]);

    /// <summary>An int64 scalar.</summary>
    public string Scalar(string name, long value) => Constant(name, [value], []);

    /// <summary>Streams a weight to the data file.</summary>
    /// <param name="name">Unique name.</param>
    /// <param name="type">FLOAT or UINT8.</param>
    /// <param name="shape">Dimensions.</param>
    /// <param name="write">Writes exactly the bytes that type and shape give.</param>
    public string Weight(string name, DataType type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        var length = (long)(type == DataType.Float ? sizeof(float) : sizeof(byte));
        foreach (var dimension in shape) length = checked(length * dimension);
        var tensor = NewTensor(name, type, shape);
        var offset = _data.Append(length, write);
        tensor.DataLocation = DataLocation.External;
        tensor.ExternalData.Add(Entry("location", ExternalData.FileName));
        tensor.ExternalData.Add(Entry("offset", offset.ToString(CultureInfo.InvariantCulture)));
        tensor.ExternalData.Add(Entry("length", length.ToString(CultureInfo.InvariantCulture)));
        return name;
    }

    /// <summary>A float weight that lies in memory.</summary>
    public string Weight(string name, ReadOnlySpan<long> shape, float[] values) =>
        Weight(name, DataType.Float, shape, file => file.Write(MemoryMarshal.AsBytes<float>(values)));

    /// <summary>Writes the graph; call once, at the end.</summary>
    public void Save()
    {
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "bailiwick", Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = Contrib, Version = 1 });
        using var file = new FileStream(Path.Combine(_folder, FileName), FileMode.CreateNew, FileAccess.Write);
        model.WriteTo(file);
    }

    public void Dispose() => _data.Dispose();

    private string Constant(string name, ReadOnlySpan<long> values, ReadOnlySpan<long> shape)
    {
        NewTensor(name, DataType.Int64, shape).RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values));
        return name;
    }

    private TensorProto NewTensor(string name, DataType type, ReadOnlySpan<long> shape)
    {
        if (!_initializers.Add(name)) throw new InvalidOperationException($"Two initializers are named {name}.");
        var tensor = new TensorProto { Name = name, DataType = (int)type };
        foreach (var dimension in shape) tensor.Dims.Add(dimension);
        _graph.Initializer.Add(tensor);
        return tensor;
    }

    private void Add(
        string op, string domain, ReadOnlySpan<string> outputs, ReadOnlySpan<string> inputs, ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { Name = $"{outputs[0]}/{op}", OpType = op, Domain = domain };
        foreach (var input in inputs) node.Input.Add(input);
        foreach (var output in outputs) node.Output.Add(output);
        foreach (var attribute in attributes) node.Attribute.Add(attribute);
        _graph.Node.Add(node);
    }

    private static ValueInfoProto ValueInfo(string name, DataType type, ReadOnlySpan<Dimension> shape)
    {
        var dimensions = new TensorShapeProto();
        foreach (var dimension in shape)
        {
            dimensions.Dim.Add(dimension.Name is { } symbol
                ? new TensorShapeProto.Types.Dimension { DimParam = symbol }
                : new TensorShapeProto.Types.Dimension { DimValue = dimension.Size });
        }

        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dimensions };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
}
