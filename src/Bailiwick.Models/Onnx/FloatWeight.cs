using System.Runtime.InteropServices;
using Bailiwick.Models.Weights;
using static Bailiwick.Models.Onnx.TensorProto.Types;

namespace Bailiwick.Models.Onnx;

/// <summary>Float matrices as initializers of float32, as stored or transposed, through a buffer of a few
/// megabytes.</summary>
internal static class FloatWeight
{
    private const int BufferElements = 1 << 20;

    /// <summary>Writes [rows, columns].</summary>
    public static string Write(GraphWriter graph, string name, WeightMatrix matrix) =>
        graph.Weight(name, DataType.Float, [matrix.Rows, matrix.Columns], file =>
        {
            var values = new float[matrix.Columns];
            foreach (var part in matrix.Parts)
            {
                for (var row = 0L; row < part.RowCount; row++)
                {
                    Dequantizer.Rows(part.Type, part.Rows(row, 1), values);
                    file.Write(MemoryMarshal.AsBytes<float>(values));
                }
            }
        });

    /// <summary>Writes [columns, rows], the order in which MatMul takes its second operand.</summary>
    public static string WriteTransposed(GraphWriter graph, string name, WeightMatrix matrix) =>
        graph.Weight(name, DataType.Float, [matrix.Columns, matrix.Rows], file =>
        {
            var width = Math.Clamp(BufferElements / matrix.Rows, 1, matrix.Columns);
            var tile = new float[width * matrix.Rows];
            for (var column = 0; column < matrix.Columns; column += width)
            {
                var columns = Math.Min(width, matrix.Columns - column);
                Transpose(matrix, column, columns, tile);
                file.Write(MemoryMarshal.AsBytes(tile.AsSpan(0, columns * matrix.Rows)));
            }
        });

    /// <summary>A vector or a small tensor of floats in memory.</summary>
    public static float[] Values(WeightTensor tensor)
    {
        var values = new float[tensor.ElementCount];
        Dequantizer.Rows(tensor.Type, tensor.Rows(0, checked((int)tensor.RowCount)), values);
        return values;
    }

    private static void Transpose(WeightMatrix matrix, int column, int columns, float[] tile)
    {
        var values = new float[columns];
        var target = 0;
        foreach (var part in matrix.Parts)
        {
            var size = BlockLayout.Of(part.Type).Bytes;
            for (var row = 0L; row < part.RowCount; row++, target++)
            {
                Dequantizer.Rows(part.Type, part.Rows(row, 1).Slice(column * size, columns * size), values);
                for (var i = 0; i < columns; i++) tile[i * matrix.Rows + target] = values[i];
            }
        }
    }
}
