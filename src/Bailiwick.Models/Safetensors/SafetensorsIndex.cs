using System.Text.Json;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Safetensors;

/// <summary>The shard index of a checkpoint: which file of the same folder holds which tensor.</summary>
public static class SafetensorsIndex
{
    private const string Extension = ".safetensors";

    /// <summary>Tensor name to shard file name; every file name is a bare name that cannot leave the folder.</summary>
    /// <exception cref="BadModelException">The index is not well-formed or names anything but files beside it.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        using var file = MappedFile.Open(path);
        if (file.Length > SafetensorsLimits.IndexBytes)
        {
            throw new BadModelException(file.Name, $"has {file.Length} bytes; the limit is {SafetensorsLimits.IndexBytes}");
        }

        return Read(file.Name, file.Bytes(0, (int)file.Length));
    }

    /// <inheritdoc cref="Read(string)"/>
    public static Dictionary<string, string> Read(string file, ReadOnlySpan<byte> document)
    {
        var json = new StrictJson(file, "index", document);
        json.Expect(JsonTokenType.StartObject, "the index");
        Dictionary<string, string>? shards = null;
        while (json.NextName() is { } member)
        {
            switch (member)
            {
                case "metadata":
                    json.SkipValue(); // Sizes and remarks of the writer; nothing here relies on them.
                    break;
                case "weight_map" when shards is null:
                    shards = WeightMap(ref json);
                    break;
                default:
                    throw json.Refusal($"has an unknown or repeated member {Quoted.Text(member)}");
            }
        }

        json.End();
        return shards ?? throw json.Refusal("lacks weight_map");
    }

    private static Dictionary<string, string> WeightMap(ref StrictJson json)
    {
        json.Expect(JsonTokenType.StartObject, "weight_map");
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        while (json.NextName() is { } name)
        {
            if (TensorName.Fault(name) is { } badName) throw json.Refusal(badName);
            var shard = json.String($"the shard of tensor {Quoted.Text(name)}");
            if (!IsBareName(shard))
            {
                throw json.Refusal(
                    $"names the shard {Quoted.Text(shard)}: a path and not the name of a {Extension} file of this folder");
            }

            if (!shards.TryAdd(name, shard)) throw json.Refusal($"has tensor {Quoted.Text(name)} twice (duplicate)");
            if (shards.Count > SafetensorsLimits.Tensors)
            {
                throw json.Refusal($"has more than {SafetensorsLimits.Tensors} tensors");
            }
        }

        return shards;
    }

    /// <summary>Letters, digits and . _ - only: no separator or drive letter of any system passes.</summary>
    private static bool IsBareName(string shard) =>
        shard.Length > Extension.Length && shard.EndsWith(Extension, StringComparison.Ordinal) && shard[0] != '.'
        && shard.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');
}
