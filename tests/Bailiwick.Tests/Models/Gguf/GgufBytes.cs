using System.Text;
using Bailiwick.Models.Gguf;

namespace Bailiwick.Tests.Models.Gguf;

/// <summary>Writes small GGUF files for tests, right or wrong as told.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _metadata = [];
    private readonly List<byte> _tensors = [];
    private ulong _keys;
    private ulong _tensorCount;

    public uint Version { get; init; } = 3;

    /// <summary>Bytes of data behind the header.</summary>
    public int DataBytes { get; init; }

    public GgufBytes With(string key, GgufValueType type, params byte[] value)
    {
        _keys++;
        _metadata.AddRange([.. Text(key), .. BitConverter.GetBytes((uint)type), .. value]);
        return this;
    }

    public GgufBytes WithArray(string key, GgufValueType type, ulong count, params byte[] elements) =>
        With(key, GgufValueType.Array, [.. BitConverter.GetBytes((uint)type), .. BitConverter.GetBytes(count), .. elements]);

    public GgufBytes WithTensor(string name, uint type, ulong offset, params ulong[] dimensions)
    {
        _tensorCount++;
        _tensors.AddRange([.. Text(name), .. BitConverter.GetBytes((uint)dimensions.Length)]);
        foreach (var dimension in dimensions) _tensors.AddRange(BitConverter.GetBytes(dimension));
        _tensors.AddRange([.. BitConverter.GetBytes(type), .. BitConverter.GetBytes(offset)]);
        return this;
    }

    public GgufFile Open()
    {
        byte[] header =
        [
            .. "GGUF"u8, .. BitConverter.GetBytes(Version), .. BitConverter.GetBytes(_tensorCount), .. BitConverter.GetBytes(_keys),
            .. _metadata, .. _tensors,
        ];
        return GgufFile.FromBytes("made.gguf", [.. header, .. new byte[(32 - header.Length % 32) % 32 + DataBytes]]);
    }

    private static byte[] Text(string text) =>
        [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];
}
