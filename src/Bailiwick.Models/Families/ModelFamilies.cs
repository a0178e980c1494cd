using Bailiwick.Models.Gguf;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Families;

/// <summary>The families that are built, by the names under which they are published. A new family adds a reader and
/// a row here.</summary>
internal static class ModelFamilies
{
    private delegate DecoderDescription GgufReader(GgufFile file, int? contextTokens);

    private delegate DecoderDescription CheckpointReader(JsonFields config, IWeightSource source, int? contextTokens);

    private static readonly SortedDictionary<string, GgufReader> Gguf = new(StringComparer.Ordinal)
    {
        [LlamaGguf.Architecture] = LlamaGguf.Read,
    };

    private static readonly SortedDictionary<string, CheckpointReader> Checkpoints = new(
        LlamaConfig.Architectures.ToDictionary(name => name, _ => (CheckpointReader)LlamaConfig.Read), StringComparer.Ordinal);

    /// <exception cref="BadModelException">The architecture is unknown, or the file does not fit it.</exception>
    public static DecoderDescription FromGguf(GgufFile file, int? contextTokens)
    {
        var architecture = file.Metadata.GetString("general.architecture");
        return Gguf.TryGetValue(architecture, out var read)
            ? read(file, contextTokens)
            : throw Unknown(file.Name, architecture, Gguf.Keys);
    }

    /// <exception cref="BadModelException">The architecture is unknown, or the checkpoint does not fit it.</exception>
    public static DecoderDescription FromCheckpoint(JsonFields config, IWeightSource source, int? contextTokens)
    {
        var architecture = config.Strings("architectures") is [var only] ? only : throw config.Wrong(
            "architectures", "does not name exactly one");
        return Checkpoints.TryGetValue(architecture, out var read)
            ? read(config, source, contextTokens)
            : throw Unknown(config.File, architecture, Checkpoints.Keys);
    }

    private static BadModelException Unknown(string file, string architecture, IEnumerable<string> known) =>
        new(file, $"has the architecture {Quoted.Text(architecture)}, which is not built; built are {string.Join(", ", known)}");
}
