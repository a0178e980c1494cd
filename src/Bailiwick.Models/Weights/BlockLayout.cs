using System.Collections.Frozen;

namespace Bailiwick.Models.Weights;

/// <summary>Size of the unit in which a type is stored: a block of elements that share their scales, or one element.</summary>
/// <param name="Elements">Elements of one block, 1 to 256; the length of a row is a multiple of it.</param>
/// <param name="Bytes">Stored bytes of one block.</param>
public readonly record struct BlockLayout(int Elements, int Bytes)
{
    // Source: ggml-common.h (block_*), as GGML_QUANT_SIZES of gguf-py lists them.
    private static readonly FrozenDictionary<TensorType, BlockLayout> Layouts = new Dictionary<TensorType, BlockLayout>
    {
        [TensorType.F32] = new(1, 4),
        [TensorType.F16] = new(1, 2),
        [TensorType.Q4_0] = new(32, 18),
        [TensorType.Q4_1] = new(32, 20),
        [TensorType.Q5_0] = new(32, 22),
        [TensorType.Q5_1] = new(32, 24),
        [TensorType.Q8_0] = new(32, 34),
        [TensorType.Q8_1] = new(32, 36),
        [TensorType.Q2_K] = new(256, 84),
        [TensorType.Q3_K] = new(256, 110),
        [TensorType.Q4_K] = new(256, 144),
        [TensorType.Q5_K] = new(256, 176),
        [TensorType.Q6_K] = new(256, 210),
        [TensorType.Q8_K] = new(256, 292),
        [TensorType.IQ2_XXS] = new(256, 66),
        [TensorType.IQ2_XS] = new(256, 74),
        [TensorType.IQ3_XXS] = new(256, 98),
        [TensorType.IQ1_S] = new(256, 50),
        [TensorType.IQ4_NL] = new(32, 18),
        [TensorType.IQ3_S] = new(256, 110),
        [TensorType.IQ2_S] = new(256, 82),
        [TensorType.IQ4_XS] = new(256, 136),
        [TensorType.I8] = new(1, 1),
        [TensorType.I16] = new(1, 2),
        [TensorType.I32] = new(1, 4),
        [TensorType.I64] = new(1, 8),
        [TensorType.F64] = new(1, 8),
        [TensorType.IQ1_M] = new(256, 56),
        [TensorType.BF16] = new(1, 2),
        [TensorType.TQ1_0] = new(256, 54),
        [TensorType.TQ2_0] = new(256, 66),
        [TensorType.MXFP4] = new(32, 17),
        [TensorType.NVFP4] = new(64, 36),
        [TensorType.Q1_0] = new(128, 18),
        [TensorType.Q2_0] = new(64, 18),
        [TensorType.Bool] = new(1, 1),
        [TensorType.U8] = new(1, 1),
        [TensorType.U16] = new(1, 2),
        [TensorType.U32] = new(1, 4),
        [TensorType.U64] = new(1, 8),
        [TensorType.F8_E4M3] = new(1, 1),
        [TensorType.F8_E5M2] = new(1, 1),
        [TensorType.F8_E8M0] = new(1, 1),
        [TensorType.F8_E4M3FNUZ] = new(1, 1),
        [TensorType.F8_E5M2FNUZ] = new(1, 1),
        [TensorType.F6_E2M3] = new(4, 3),
        [TensorType.F6_E3M2] = new(4, 3),
        [TensorType.F4] = new(2, 1),
        [TensorType.C64] = new(1, 8),
    }.ToFrozenDictionary();

    /// <summary>The layout of a named member of <see cref="TensorType"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is no member.</exception>
    public static BlockLayout Of(TensorType type) =>
        Layouts.TryGetValue(type, out var layout)
            ? layout
            : throw new ArgumentOutOfRangeException(nameof(type), type, "No published tensor type has this number.");
}
