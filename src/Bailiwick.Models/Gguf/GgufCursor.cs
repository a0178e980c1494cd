using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Gguf;

/// <summary>Reads the head of a GGUF file in order; every step is checked against the end of the file.</summary>
internal sealed class GgufCursor(MappedFile file)
{
    /// <summary>The part of the file that is being read, for refusals.</summary>
    public string Part { get; set; } = "header";

    /// <summary>Byte that is read next.</summary>
    public long Position { get; private set; }

    private long Left => file.Length - Position;

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>A count of things of which each takes at least <paramref name="leastBytes"/>, so that no count can ask
    /// for more than the file could hold.</summary>
    public int Count(string things, int limit, int leastBytes)
    {
        var count = UInt64();
        if (count > (ulong)limit) throw Refusal($"claims {count} {things}; the limit is {limit}");
        return (long)count * leastBytes <= Left
            ? (int)count
            : throw Refusal($"ends inside the {Part}: {count} {things} do not fit the {Left} bytes that are left");
    }

    /// <summary>The bytes of a length-prefixed string, which must be UTF-8.</summary>
    public ReadOnlySpan<byte> StringBytes(string what, int limit)
    {
        var length = UInt64();
        if (length > (ulong)limit) throw Refusal($"has a {what} of {length} bytes; the limit is {limit}");
        var bytes = Take((int)length);
        return Utf8.IsValid(bytes) ? bytes : throw Refusal($"has a {what} that is not UTF-8");
    }

    public string String(string what, int limit) => Encoding.UTF8.GetString(StringBytes(what, limit));

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Left) throw Refusal($"ends inside the {Part}");
        var bytes = file.Bytes(Position, count);
        Position += count;
        return bytes;
    }

    public BadModelException Refusal(string reason) => new(file.Name, reason);
}
