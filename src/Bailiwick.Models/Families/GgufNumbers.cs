using Bailiwick.Models.Gguf;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Families;

/// <summary>Metadata of one architecture ("llama.block_count"), with ranges.</summary>
internal sealed class GgufNumbers(GgufFile file, string architecture)
{
    public int Get(string key, int min, int max) =>
        file.Metadata.GetUInt32(Full(key)) is var number && number >= min && number <= max
            ? (int)number
            : throw new BadModelException(file.Name,
                $"states {number} under {Full(key)}; it must be from {min} to {max}");

    public int? Find(string key) => file.Metadata.FindUInt32(Full(key)) switch
    {
        null => null,
        <= int.MaxValue and var number => (int)number,
        var number => throw new BadModelException(file.Name, $"states {number} under {Full(key)}, which is too large"),
    };

    public float Float(string key, float min, float max) =>
        FindFloat(key, min, max) ?? throw new BadModelException(file.Name, $"lacks the metadata key {Full(key)}");

    public float? FindFloat(string key, float min, float max) => file.Metadata.FindFloat(Full(key)) switch
    {
        null => null,
        { } number when number >= min && number <= max => number,
        var number => throw new BadModelException(file.Name,
            $"states {number} under {Full(key)}; it must be from {min} to {max}"),
    };

    public string? FindString(string key) => file.Metadata.FindString(Full(key));

    private string Full(string key) => $"{architecture}.{key}";
}
