namespace Bailiwick.Models.Weights;

/// <summary>
/// How the elements of a tensor are stored. The numbers below 1000 are ggml's (<c>enum ggml_type</c> in ggml.h) and are
/// what a GGUF file holds; the numbers that are missing were withdrawn by ggml. From 1000 on: types that only safetensors
/// has, under numbers of ours that are never stored. A type that nobody here computes with is named all the same, so that
/// a refusal can say its name.
/// </summary>
public enum TensorType
{
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
    Q8_1 = 9,
    Q2_K = 10,
    Q3_K = 11,
    Q4_K = 12,
    Q5_K = 13,
    Q6_K = 14,
    Q8_K = 15,
    IQ2_XXS = 16,
    IQ2_XS = 17,
    IQ3_XXS = 18,
    IQ1_S = 19,
    IQ4_NL = 20,
    IQ3_S = 21,
    IQ2_S = 22,
    IQ4_XS = 23,
    I8 = 24,
    I16 = 25,
    I32 = 26,
    I64 = 27,
    F64 = 28,
    IQ1_M = 29,
    BF16 = 30,
    TQ1_0 = 34,
    TQ2_0 = 35,
    MXFP4 = 39,
    NVFP4 = 40,
    Q1_0 = 41,
    Q2_0 = 42,

    Bool = 1000,
    U8 = 1001,
    U16 = 1002,
    U32 = 1003,
    U64 = 1004,
    F8_E4M3 = 1005,
    F8_E5M2 = 1006,
    F8_E8M0 = 1007,
    F8_E4M3FNUZ = 1008,
    F8_E5M2FNUZ = 1009,
    F6_E2M3 = 1010,
    F6_E3M2 = 1011,
    F4 = 1012,
    C64 = 1013,
}
