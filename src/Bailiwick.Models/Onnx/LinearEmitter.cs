using static Bailiwick.Models.Onnx.TensorProto.Types;

namespace Bailiwick.Models.Onnx;

/// <summary>
/// y = W x as nodes. Quantised weights multiply through MatMulNBits. Where blocks have offsets C, the exact product is
/// MatMulNBits(x) + BlockSums(x) C, and the block sums come from a second MatMulNBits with a matrix of zeros and ones, so
/// that they add up the same rounded activations as the first one does.
/// </summary>
internal sealed class LinearEmitter(GraphWriter graph, WeightPolicy policy)
{
    /// <summary>A projection of the body.</summary>
    public string Emit(string name, WeightMatrix matrix, string input)
    {
        var quantised = policy.Body(matrix.Parts[0]) is not null;
        return quantised
            ? Quantised(QuantisedWeight.Write(graph, name, matrix, policy.Body), input, $"{name}/out")
            : Float(name, matrix, input, $"{name}/out");
    }

    /// <summary>A float projection.</summary>
    public string Float(string name, WeightMatrix matrix, string input, string output) =>
        graph.Node("MatMul", output, [input, FloatWeight.WriteTransposed(graph, $"{name}.w", matrix)]);

    /// <summary>A projection by a weight that is already in the data file.</summary>
    public string Quantised(QuantisedWeight weight, string input, string output)
    {
        var encoding = weight.Encoding;
        if (!encoding.HasOffsets)
        {
            return MatMulNBits(output, input, weight.Quants, weight.Scales, weight.Columns, weight.Rows, encoding.Bits, encoding.BlockSize);
        }

        var product = MatMulNBits(
            $"{weight.Name}/product", input, weight.Quants, weight.Scales, weight.Columns, weight.Rows, encoding.Bits, encoding.BlockSize);
        var (indicator, ones) = BlockIndicator(weight.Columns, weight.Blocks, encoding.BlockSize);
        var sums = MatMulNBits(
            $"{weight.Name}/sums", input, indicator, ones, weight.Columns, weight.Blocks, IndicatorBits, encoding.BlockSize);
        var offsets = graph.Weight($"{weight.Name}.c", [weight.Blocks, weight.Rows], Transposed(weight));
        var correction = graph.Node("MatMul", $"{weight.Name}/correction", [sums, offsets]);
        return graph.Node("Add", output, [product, correction]);
    }

    private const int IndicatorBits = 4;

    private string MatMulNBits(
        string output, string input, string quants, string scales, int columns, int rows, int bits, int blockSize) =>
        graph.ContribNode(
            "MatMulNBits", [output], [input, quants, scales],
            NodeAttribute.Of("K", columns), NodeAttribute.Of("N", rows), NodeAttribute.Of("bits", bits),
            NodeAttribute.Of("block_size", blockSize), NodeAttribute.Of("accuracy_level", policy.AccuracyLevel));

    // Row j is one in block j and zero elsewhere; with scale 1 a quant of 8 is zero and one of 9 is one.
    private (string Quants, string Scales) BlockIndicator(int columns, int blocks, int blockSize)
    {
        const byte zeros = 0x88;
        const byte ones = 0x99;
        var quants = $"block_sums.{columns}.{blockSize}.q";
        var scales = $"block_sums.{columns}.{blockSize}.s";
        if (graph.Has(quants)) return (quants, scales);
        var bytes = blockSize * IndicatorBits / 8;
        graph.Weight(quants, DataType.Uint8, [blocks, blocks, bytes], file =>
        {
            var row = new byte[blocks * bytes];
            for (var block = 0; block < blocks; block++)
            {
                row.AsSpan().Fill(zeros);
                row.AsSpan(block * bytes, bytes).Fill(ones);
                file.Write(row);
            }
        });
        var unit = new float[blocks * blocks];
        Array.Fill(unit, 1f);
        graph.Weight(scales, [blocks, blocks], unit);
        return (quants, scales);
    }

    private static float[] Transposed(QuantisedWeight weight)
    {
        var transposed = new float[weight.Offsets.Length];
        for (var row = 0; row < weight.Rows; row++)
        {
            for (var block = 0; block < weight.Blocks; block++)
            {
                transposed[block * weight.Rows + row] = weight.Offsets[row * weight.Blocks + block];
            }
        }

        return transposed;
    }
}
