using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Safetensors;

/// <summary>The weights of a published checkpoint folder: one file, or shards with an index.</summary>
public sealed class SafetensorsCheckpoint : IWeightSource
{
    /// <summary>Name of the file of an unsharded checkpoint; where it exists, an index is not looked at.</summary>
    public const string SingleFile = "model.safetensors";

    /// <summary>Name of the index of a sharded checkpoint.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    private readonly IReadOnlyList<SafetensorsFile> _shards;

    private SafetensorsCheckpoint(IReadOnlyList<SafetensorsFile> shards, IReadOnlyDictionary<string, WeightTensor> tensors)
    {
        _shards = shards;
        Tensors = tensors;
        Files = [.. shards.Select(shard => shard.Name)];
    }

    /// <inheritdoc/>
    /// <remarks>Of a sharded checkpoint those that the index names; what else a shard holds stays unseen.</remarks>
    public IReadOnlyDictionary<string, WeightTensor> Tensors { get; }

    /// <summary>Bare names of the files that hold the weights, in ordinal order.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Whether a folder holds a checkpoint that <see cref="Open"/> would try to read.</summary>
    public static bool Exists(string folder) =>
        File.Exists(Path.Combine(folder, SingleFile)) || File.Exists(Path.Combine(folder, IndexFile));

    /// <summary>Opens the checkpoint of a folder.</summary>
    /// <exception cref="BadModelException">There is none, or index or a shard is refused.</exception>
    public static SafetensorsCheckpoint Open(string folder)
    {
        var index = Path.Combine(folder, IndexFile);
        var single = Path.Combine(folder, SingleFile);
        if (!File.Exists(single) && File.Exists(index)) return OpenIndex(index);
        var file = SafetensorsFile.Open(single);
        return new SafetensorsCheckpoint([file], file.Tensors);
    }

    /// <summary>Opens a sharded checkpoint by its index; the shards lie beside it.</summary>
    /// <exception cref="BadModelException">The index is refused, a shard is refused or absent, or a shard lacks a tensor
    /// that the index promises.</exception>
    public static SafetensorsCheckpoint OpenIndex(string indexPath)
    {
        var map = SafetensorsIndex.Read(indexPath);
        var index = Path.GetFileName(indexPath);
        var names = map.Values.Distinct().Order(StringComparer.Ordinal).ToList();
        if (names.Count > SafetensorsLimits.Shards)
        {
            throw new BadModelException(index, $"names {names.Count} shards; the limit is {SafetensorsLimits.Shards}");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(indexPath))!;
        var opened = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (var name in names) opened.Add(name, SafetensorsFile.Open(Path.Combine(folder, name)));
            var tensors = map.ToDictionary(
                pair => pair.Key, pair => Promised(index, pair.Key, opened[pair.Value]), StringComparer.Ordinal);
            return new SafetensorsCheckpoint([.. names.Select(name => opened[name])], tensors);
        }
        catch
        {
            foreach (var shard in opened.Values) shard.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards) shard.Dispose();
    }

    private static WeightTensor Promised(string index, string name, SafetensorsFile shard) =>
        shard.Tensors.GetValueOrDefault(name)
        ?? throw new BadModelException(
            index, $"promises tensor {Quoted.Text(name)}, which is missing in {Quoted.Text(shard.Name)}");
}
