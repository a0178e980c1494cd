namespace Bailiwick.Models.Safetensors;

/// <summary>How much of each thing a safetensors file or shard index may hold.</summary>
public static class SafetensorsLimits
{
    /// <summary>Bytes of the header: the limit of the format.</summary>
    public const int HeaderBytes = 100_000_000;

    /// <summary>Bytes of a shard index: that of the largest published model (92,000 tensors) has 9 MB.</summary>
    public const int IndexBytes = 64 << 20;

    /// <summary>Tensors of a file or of a checkpoint: the largest published ones list each expert, about 92,000 tensors.</summary>
    public const int Tensors = 1 << 18;

    /// <summary>Bytes of a tensor name as written in JSON: published ones stay under 100.</summary>
    public const int NameBytes = 256;

    /// <summary>Dimensions of a tensor: published ones have up to 5; the format sets no limit.</summary>
    public const int Dimensions = 8;

    /// <summary>Nesting of the JSON: object, tensor, array is 3; the metadata of an index may need one more.</summary>
    public const int JsonDepth = 4;

    /// <summary>Shards of a checkpoint: each is an open map; the largest published ones have 163.</summary>
    public const int Shards = 1024;
}
