namespace Bailiwick.Models.Onnx;

/// <summary>
/// The two ends of a decoder: token ids to vectors, vectors to logits. A tied model has one matrix for both, which lies in
/// the data file once.
/// </summary>
internal sealed class VocabularyEmitter(GraphWriter graph, WeightPolicy policy, LinearEmitter linear)
{
    private const string Embedding = "embed";
    private const string Head = "lm_head";

    private QuantisedWeight? _quantisedEmbedding;

    /// <summary>Looks up token ids: [batch, sequence] to [batch, sequence, hidden].</summary>
    public string Embed(WeightMatrix matrix, string ids)
    {
        if (policy.Vocabulary(matrix.Parts[0]) is null)
        {
            return graph.Node("Gather", $"{Embedding}/out", [FloatWeight.Write(graph, $"{Embedding}.w", matrix), ids],
                NodeAttribute.Of("axis", 0));
        }

        _quantisedEmbedding = QuantisedWeight.Write(graph, Embedding, matrix, policy.Vocabulary);
        return Gather(_quantisedEmbedding, ids);
    }

    /// <summary>Logits from a matrix of their own.</summary>
    public string Project(WeightMatrix matrix, string input, string logits) =>
        policy.Vocabulary(matrix.Parts[0]) is null
            ? linear.Float(Head, matrix, input, logits)
            : linear.Quantised(QuantisedWeight.Write(graph, Head, matrix, policy.Vocabulary), input, logits);

    /// <summary>Logits from the matrix that <see cref="Embed"/> wrote.</summary>
    public string ProjectTied(string input, string logits)
    {
        if (_quantisedEmbedding is not null) return linear.Quantised(_quantisedEmbedding, input, logits);
        // Folded when the session is made; the file keeps one copy.
        var transposed = graph.Node("Transpose", $"{Head}.w", [$"{Embedding}.w"]);
        return graph.Node("MatMul", logits, [input, transposed]);
    }

    // GatherBlockQuantized wants scales of the data's rank, MatMulNBits those of two dimensions: the data are shared as they
    // are and the scales pass through a Reshape, which is folded when the session is made.
    private string Gather(QuantisedWeight weight, string ids)
    {
        var scales = graph.Node("Reshape", $"{Embedding}/scales",
            [weight.Scales, graph.Constant($"{Embedding}.scales_shape", weight.Rows, weight.Blocks, 1)]);
        var vectors = graph.ContribNode("GatherBlockQuantized", [$"{Embedding}/blocks"], [weight.Quants, ids, scales],
            NodeAttribute.Of("gather_axis", 0), NodeAttribute.Of("quantize_axis", 2),
            NodeAttribute.Of("bits", weight.Encoding.Bits), NodeAttribute.Of("block_size", weight.Encoding.BlockSize));
        if (weight.Encoding.HasOffsets) vectors = AddOffsets(weight, ids, vectors);
        return graph.Node("Reshape", $"{Embedding}/out", [vectors, graph.Constant($"{Embedding}.shape", 0, 0, weight.Columns)]);
    }

    private string AddOffsets(QuantisedWeight weight, string ids, string vectors)
    {
        var offsets = graph.Weight($"{Embedding}.o", [weight.Rows, weight.Blocks, 1], weight.Offsets);
        var gathered = graph.Node("Gather", $"{Embedding}/offsets", [offsets, ids], NodeAttribute.Of("axis", 0));
        return graph.Node("Add", $"{Embedding}/exact", [vectors, gathered]);
    }
}
