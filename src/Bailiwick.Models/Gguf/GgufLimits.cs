namespace Bailiwick.Models.Gguf;

/// <summary>How much of each thing a GGUF file may hold. Counts and lengths in a file are its author's word: each is
/// compared with a limit and with the bytes that are really left before anything is done with it.</summary>
public static class GgufLimits
{
    /// <summary>Metadata keys. Published files have 20 to 80.</summary>
    public const int Keys = 4096;

    /// <summary>Bytes of a key: the limit of the format (2^16 - 1) lowered to what fits a sentence; the longest published
    /// one has about 60.</summary>
    public const int KeyBytes = 256;

    /// <summary>Bytes of one string value: published chat templates and licences stay under 100 KB.</summary>
    public const int StringBytes = 4 << 20;

    /// <summary>Elements of one array: the largest published vocabularies have 262,144 tokens and 600,000 merges.</summary>
    public const int ArrayElements = 1 << 22;

    /// <summary>Bytes of all metadata: published files stay under 20 MB.</summary>
    public const long MetadataBytes = 256L << 20;

    /// <summary>Tensors: experts are stacked in GGUF, so that the largest published models have about 2,000.</summary>
    public const int Tensors = 1 << 16;

    /// <summary>Bytes of a tensor name: the limit of the format.</summary>
    public const int TensorNameBytes = 64;

    /// <summary>Dimensions of a tensor: the limit of the format (GGML_MAX_DIMS).</summary>
    public const int Dimensions = 4;

    /// <summary>Smallest alignment of the data: the format wants a multiple of 8.</summary>
    public const uint MinAlignment = 8;

    /// <summary>Largest alignment of the data: one large memory page; published files use 32.</summary>
    public const uint MaxAlignment = 1 << 16;
}
