using Bailiwick.Models.Weights;
using static Bailiwick.Models.Onnx.TensorProto.Types;

namespace Bailiwick.Models.Onnx;

/// <summary>A matrix in the layout of MatMulNBits, written to the graph's data file.</summary>
internal sealed class QuantisedWeight
{
    private const int BufferBytes = 1 << 20;

    private QuantisedWeight(string name, WeightMatrix matrix, BlockEncoding encoding)
    {
        Name = name;
        Rows = matrix.Rows;
        Columns = matrix.Columns;
        Encoding = encoding;
        Blocks = matrix.Columns / encoding.BlockSize;
        Offsets = encoding.HasOffsets ? new float[(long)Rows * Blocks] : [];
    }

    public string Name { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Blocks in a row.</summary>
    public int Blocks { get; }

    public BlockEncoding Encoding { get; }

    /// <summary>Initializer [rows, blocks, bytes of a block].</summary>
    public string Quants => $"{Name}.q";

    /// <summary>Initializer [rows, blocks].</summary>
    public string Scales => $"{Name}.s";

    /// <summary>[rows, blocks], or empty where the encoding has none. The caller writes them in the order it
    /// needs.</summary>
    public float[] Offsets { get; }

    /// <summary>Encodes a matrix row by row and streams it out; only scales and offsets are held in memory.</summary>
    /// <param name="graph">Receives the two initializers.</param>
    /// <param name="name">Prefix of their names.</param>
    /// <param name="matrix">The stored rows.</param>
    /// <param name="encodingOf">The encoding of a part; all parts have the same layout.</param>
    public static QuantisedWeight Write(
        GraphWriter graph, string name, WeightMatrix matrix, Func<WeightTensor, BlockEncoding?> encodingOf)
    {
        var encodings = matrix.Parts.Select(part => encodingOf(part) ?? throw NoEncoding(part)).ToList();
        var weight = new QuantisedWeight(name, matrix, encodings[0]);
        var scales = new float[(long)weight.Rows * weight.Blocks];
        graph.Weight(weight.Quants, DataType.Uint8, [weight.Rows, weight.Blocks, weight.Encoding.BlockBytes], file =>
        {
            var row = 0;
            foreach (var (part, encoding) in matrix.Parts.Zip(encodings)) row = weight.Encode(part, encoding, scales, row, file);
        });
        graph.Weight(weight.Scales, [weight.Rows, weight.Blocks], scales);
        return weight;
    }

    private int Encode(WeightTensor part, BlockEncoding encoding, float[] scales, int row, Stream file)
    {
        var rowBytes = Blocks * encoding.BlockBytes;
        var buffer = new byte[Math.Max(1, BufferBytes / rowBytes) * rowBytes];
        var filled = 0;
        for (var source = 0L; source < part.RowCount; source++, row++)
        {
            var offsets = encoding.HasOffsets ? Offsets.AsSpan(row * Blocks, Blocks) : [];
            encoding.Row(part.Rows(source, 1), buffer.AsSpan(filled, rowBytes), scales.AsSpan(row * Blocks, Blocks), offsets);
            filled += rowBytes;
            if (filled < buffer.Length && source + 1 < part.RowCount) continue;
            file.Write(buffer, 0, filled);
            filled = 0;
        }

        return row;
    }

    private static InvalidOperationException NoEncoding(WeightTensor part) =>
        new($"{part.Name} of type {part.Type} has no encoding; family readers check types first.");
}
