using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Onnx;

/// <summary>What the weights of a build hold.</summary>
public enum WeightPrecision
{
    /// <summary>The stored values exactly: blocks stay blocks, floats become float32.</summary>
    AsStored,

    /// <summary>Floats in four bits, those of vocabulary matrices in eight; a width that is no multiple of 32 stays
    /// float.</summary>
    Int4,
}

/// <summary>How weights are laid out and how precisely quantised ones are multiplied.</summary>
/// <param name="Precision">What the weights hold.</param>
/// <param name="AccuracyLevel">accuracy_level of MatMulNBits: 4 rounds activations to int8 (normal on a CPU), 0 keeps
/// them in float32 (reference builds, many times slower).</param>
internal sealed record WeightPolicy(WeightPrecision Precision, int AccuracyLevel)
{
    /// <summary>Whether a matrix of this type can be laid out at all.</summary>
    public static bool Supports(TensorType type) =>
        WeightMatrix.IsFloatType(type) || BlockEncoding.Exact(type) is not null;

    /// <summary>The encoding of a body matrix, or null where it stays float.</summary>
    public BlockEncoding? Body(WeightTensor tensor) => Of(tensor, bits: 4);

    /// <summary>The encoding of the embedding or the head: more bits, since its errors reach the logits
    /// directly.</summary>
    public BlockEncoding? Vocabulary(WeightTensor tensor) => Of(tensor, bits: 8);

    private BlockEncoding? Of(WeightTensor tensor, int bits)
    {
        if (!WeightMatrix.IsFloatType(tensor.Type)) return BlockEncoding.Exact(tensor.Type);
        return Precision == WeightPrecision.Int4 && tensor.RowLength % FloatQuantiser.Block == 0
            ? new FloatQuantiser(tensor.Type, bits)
            : null;
    }
}
