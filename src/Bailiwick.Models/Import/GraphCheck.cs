using System.Globalization;
using Bailiwick.Models.Onnx;
using Bailiwick.Models.Weights;
using Google.Protobuf;
using static Bailiwick.Models.Onnx.TensorProto.Types;

namespace Bailiwick.Models.Import;

/// <summary>
/// A look at somebody else's ONNX graph before a runtime loads it: no operators of unknown libraries, no weights outside
/// the folder or beyond the end of a file, and logits as wide as the configuration says (the runtime would notice at the
/// first token only).
/// </summary>
internal sealed class GraphCheck
{
    private const int MaxBytes = 512 << 20;
    private const int MaxDepth = 64;

    private static readonly string[] Domains = ["", "ai.onnx", "com.microsoft"];

    private readonly string _file;
    private readonly Func<string, long?> _sizeOf;
    private readonly HashSet<string> _dataFiles = new(StringComparer.Ordinal);

    private GraphCheck(string file, Func<string, long?> sizeOf)
    {
        _file = file;
        _sizeOf = sizeOf;
    }

    /// <summary>Checks a graph and returns the files that hold its weights.</summary>
    /// <param name="path">The graph.</param>
    /// <param name="config">What genai_config.json says about it.</param>
    /// <param name="sizeOf">Bytes of a file of the folder, or null where there is none of that name.</param>
    /// <exception cref="BadModelException">It cannot be read, or something in it is not allowed.</exception>
    public static IReadOnlyCollection<string> Run(string path, GenAiConfig config, Func<string, long?> sizeOf)
    {
        var check = new GraphCheck(Path.GetFileName(path), sizeOf);
        var model = check.Parse(path);
        foreach (var opset in model.OpsetImport) check.Domain(opset.Domain);
        if (model.Functions.Count > 0) throw check.Refusal("defines functions of its own, which are not allowed");
        if (model.Graph is not { } graph) throw check.Refusal("has no graph");
        check.Graph(graph);
        check.Logits(graph, config);
        return check._dataFiles;
    }

    private ModelProto Parse(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length > MaxBytes)
        {
            throw Refusal($"has {stream.Length} bytes; a graph may have {MaxBytes}, weights belong beside it");
        }
        try
        {
            using var input = CodedInputStream.CreateWithLimits(stream, MaxBytes, MaxDepth);
            return ModelProto.Parser.ParseFrom(input);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Refusal("is not an ONNX model");
        }
    }

    private void Graph(GraphProto graph)
    {
        foreach (var tensor in graph.Initializer) Tensor(tensor);
        foreach (var sparse in graph.SparseInitializer) Sparse(sparse);
        foreach (var node in graph.Node)
        {
            Domain(node.Domain);
            // Its attributes name a file that a provider loads, past every check here.
            if (node.OpType == "EPContext") throw Refusal("holds an EPContext node, which names files of its own");
            foreach (var attribute in node.Attribute) Attribute(attribute);
        }
    }

    // The depth of graphs in graphs is bounded by the parser's own limit.
    private void Attribute(AttributeProto attribute)
    {
        if (attribute.T is { } tensor) Tensor(tensor);
        if (attribute.SparseTensor is { } sparse) Sparse(sparse);
        if (attribute.G is { } graph) Graph(graph);
        foreach (var item in attribute.Tensors) Tensor(item);
        foreach (var item in attribute.SparseTensors) Sparse(item);
        foreach (var item in attribute.Graphs) Graph(item);
    }

    private void Sparse(SparseTensorProto sparse)
    {
        if (sparse.Values is { } values) Tensor(values);
        if (sparse.Indices is { } indices) Tensor(indices);
    }

    private void Tensor(TensorProto tensor)
    {
        if (tensor.DataLocation != DataLocation.External)
        {
            if (tensor.ExternalData.Count > 0)
            {
                throw Refusal($"gives the tensor {Quoted.Text(tensor.Name)} both inside and outside");
            }
            return;
        }

        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in tensor.ExternalData)
        {
            if (!entries.TryAdd(entry.Key, entry.Value))
            {
                throw Refusal($"states {Quoted.Text(entry.Key)} of a tensor twice");
            }
        }

        var location = entries.GetValueOrDefault("location", "");
        if (_sizeOf(location) is not { } size)
        {
            throw Refusal($"keeps weights in {Quoted.Text(location)}, which is not a file of the same folder");
        }

        var offset = Number(entries, "offset") ?? 0;
        if (offset > size || Number(entries, "length") is { } length && length > size - offset)
        {
            throw Refusal($"has a tensor {Quoted.Text(tensor.Name)} beyond the end of {Quoted.Text(location)}");
        }

        _dataFiles.Add(location);
    }

    private long? Number(Dictionary<string, string> entries, string key)
    {
        if (!entries.TryGetValue(key, out var text)) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Refusal($"states {Quoted.Text(text)} as the {key} of a tensor");
    }

    private void Domain(string domain)
    {
        if (!Domains.Contains(domain, StringComparer.Ordinal))
        {
            throw Refusal($"uses operators of {Quoted.Text(domain)}; allowed are those of ai.onnx and com.microsoft");
        }
    }

    private void Logits(GraphProto graph, GenAiConfig config)
    {
        var output = graph.Output.FirstOrDefault(output => output.Name == config.LogitsName)
            ?? throw Refusal($"has no output {Quoted.Text(config.LogitsName)}");
        var shape = output.Type?.TensorType?.Shape?.Dim;
        if (shape is not { Count: 3 } || shape[2].ValueCase != TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue)
        {
            throw Refusal($"does not state the width of {Quoted.Text(config.LogitsName)}");
        }

        if (shape[2].DimValue != config.Vocabulary)
        {
            throw Refusal(
                $"has logits of {shape[2].DimValue} columns, but {GenAiConfigJson.FileName} states a vocab_size of {config.Vocabulary}");
        }
    }

    private BadModelException Refusal(string reason) => new(_file, reason);
}
