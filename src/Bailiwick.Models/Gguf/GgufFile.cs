using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Gguf;

/// <summary>
/// An open GGUF file, version 2 or 3, little-endian: metadata and tensors, checked as a whole before either can be read.
/// Source: docs/gguf.md of ggml. Where that page is silent, the stricter of the known readers is followed.
/// </summary>
public sealed class GgufFile : IWeightSource
{
    private const uint Magic = 0x46554747; // "GGUF" read as little-endian.

    private readonly MappedFile _file;

    private GgufFile(MappedFile file, GgufMetadata metadata, Dictionary<string, WeightTensor> tensors)
    {
        _file = file;
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>Bare name of the file.</summary>
    public string Name => _file.Name;

    public GgufMetadata Metadata { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, WeightTensor> Tensors { get; }

    /// <summary>Maps and checks a file.</summary>
    /// <exception cref="BadModelException">It is no regular file, or not a GGUF file that can be read safely.</exception>
    public static GgufFile Open(string path) => Checked(MappedFile.Open(path));

    /// <summary>Checks a file that is in memory already.</summary>
    /// <param name="name">What refusals call it.</param>
    /// <param name="bytes">The whole file; not copied, and not to be changed while it is open.</param>
    /// <exception cref="BadModelException">It is not a GGUF file that can be read safely.</exception>
    public static GgufFile FromBytes(string name, byte[] bytes) => Checked(MappedFile.InMemory(name, bytes));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static GgufFile Checked(MappedFile file)
    {
        try
        {
            return Read(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static GgufFile Read(MappedFile file)
    {
        var cursor = new GgufCursor(file);
        if (cursor.UInt32() != Magic) throw cursor.Refusal("is no GGUF file: it does not begin with the magic GGUF");
        RefuseVersion(cursor, cursor.UInt32());
        var tensorCount = cursor.Count("tensors", GgufLimits.Tensors, GgufTensorReader.LeastBytes);
        var keyCount = cursor.Count("metadata keys", GgufLimits.Keys, GgufMetadataReader.LeastBytes);
        var metadata = GgufMetadataReader.Read(file, cursor, keyCount);
        RefuseSplit(cursor, metadata);
        var tensors = GgufTensorReader.Read(file, cursor, tensorCount, Alignment(cursor, metadata));
        return new GgufFile(file, metadata, tensors);
    }

    private static void RefuseVersion(GgufCursor cursor, uint version)
    {
        if (version is 2 or 3) return;
        throw cursor.Refusal((version & 0xffff) == 0
            ? "is a big-endian GGUF file; only little-endian ones are read"
            : $"has GGUF version {version}; versions 2 and 3 are read");
    }

    private static void RefuseSplit(GgufCursor cursor, GgufMetadata metadata)
    {
        if (metadata.FindUInt32("split.count") is > 1 and var parts)
        {
            throw cursor.Refusal($"is one of {parts} parts of a split model; merge them into one file first");
        }
    }

    private static uint Alignment(GgufCursor cursor, GgufMetadata metadata)
    {
        var alignment = metadata.FindUInt32("general.alignment") ?? 32;
        return uint.IsPow2(alignment) && alignment is >= GgufLimits.MinAlignment and <= GgufLimits.MaxAlignment
            ? alignment
            : throw cursor.Refusal($"has an alignment of {alignment}; "
                + $"a power of two from {GgufLimits.MinAlignment} to {GgufLimits.MaxAlignment} is needed");
    }
}
