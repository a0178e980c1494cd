using System.Buffers.Binary;
using System.Text;
using Bailiwick.Models.Weights;

namespace Bailiwick.Models.Gguf;

/// <summary>One metadata value, checked when the file was opened but left in the map until it is asked for: a vocabulary
/// of a quarter of a million strings costs nothing before.</summary>
public sealed class GgufValue
{
    private readonly MappedFile _file;
    private readonly long _start;
    private readonly long _length;

    internal GgufValue(MappedFile file, GgufValueType type, bool isArray, int count, long start, long length)
    {
        _file = file;
        _start = start;
        _length = length;
        Type = type;
        IsArray = isArray;
        Count = count;
    }

    /// <summary>Type of the value, or of the elements of an array; never <see cref="GgufValueType.Array"/>.</summary>
    public GgufValueType Type { get; }

    public bool IsArray { get; }

    /// <summary>Elements: 1 unless it is an array.</summary>
    public int Count { get; }

    /// <summary>The type in words, for refusals.</summary>
    internal string Kind => IsArray ? $"an array of {Count} {Type}" : $"a {Type}";

    internal bool IsInteger => Type is GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.UInt16 or GgufValueType.Int16
        or GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.UInt64 or GgufValueType.Int64;

    internal bool IsFloat => Type is GgufValueType.Float32 or GgufValueType.Float64;

    /// <summary>Element <paramref name="index"/>; only where <see cref="IsInteger"/>.</summary>
    internal Int128 Integer(int index)
    {
        var raw = Raw(index);
        return Type switch
        {
            GgufValueType.UInt8 => raw[0],
            GgufValueType.Int8 => (sbyte)raw[0],
            GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(raw),
            GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(raw),
            GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(raw),
            GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(raw),
            GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(raw),
            GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(raw),
            _ => throw new InvalidOperationException($"{Type} is no integer."),
        };
    }

    /// <summary>Element <paramref name="index"/>; only where <see cref="IsFloat"/>.</summary>
    internal double Float(int index) => Type is GgufValueType.Float32
        ? BinaryPrimitives.ReadSingleLittleEndian(Raw(index))
        : BinaryPrimitives.ReadDoubleLittleEndian(Raw(index));

    /// <summary>Element <paramref name="index"/>; only of type <see cref="GgufValueType.Bool"/>.</summary>
    internal bool Bool(int index) => Raw(index)[0] != 0;

    /// <summary>All elements of type <see cref="GgufValueType.String"/>, each decoded once.</summary>
    internal string[] Strings()
    {
        var strings = new string[Count];
        var at = _start;
        for (var i = 0; i < Count; i++)
        {
            var bytes = (int)BinaryPrimitives.ReadUInt64LittleEndian(_file.Bytes(at, sizeof(ulong)));
            strings[i] = Encoding.UTF8.GetString(_file.Bytes(at + sizeof(ulong), bytes));
            at += sizeof(ulong) + bytes;
        }

        return at == _start + _length ? strings : throw new InvalidOperationException("The file changed while it was open.");
    }

    private ReadOnlySpan<byte> Raw(int index) => _file.Bytes(_start + (long)index * Type.FixedSize(), Type.FixedSize());
}
