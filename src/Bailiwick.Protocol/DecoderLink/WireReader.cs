using System.Buffers.Binary;

namespace Bailiwick.Protocol.Decoder;

/// <summary>Protobuf's wire format over a span, without allocation (protobuf.dev/programming-guides/encoding).</summary>
/// <remarks>Malformed bytes throw <see cref="FrameException"/>; groups (wire types 3 and 4) count as malformed.</remarks>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    public const uint Varint = 0;
    public const uint Fixed64 = 1;
    public const uint LengthDelimited = 2;
    public const uint Fixed32 = 5;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public readonly bool AtEnd => _at == _bytes.Length;

    public bool TryReadTag(out uint field, out uint wire)
    {
        (field, wire) = (0, 0);
        if (AtEnd)
        {
            return false;
        }

        var tag = ReadVarint();
        if (tag is < 8 or > uint.MaxValue)
        {
            throw Malformed();
        }

        (field, wire) = ((uint)tag >> 3, (uint)tag & 7);
        return true;
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (AtEnd)
            {
                throw Malformed();
            }

            var current = _bytes[_at++];
            value |= (ulong)(current & 0x7F) << shift;
            if (current < 0x80)
            {
                return value;
            }
        }

        throw Malformed();
    }

    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadVarint();
        return length <= (ulong)(_bytes.Length - _at) ? Take((int)length) : throw Malformed();
    }

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public void Skip(uint wire)
    {
        switch (wire)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Take(sizeof(ulong));
                break;
            case LengthDelimited:
                ReadBytes();
                break;
            case Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw Malformed();
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw Malformed();
        }

        _at += count;
        return _bytes.Slice(_at - count, count);
    }

    private static FrameException Malformed() => new("a frame's fields are malformed");
}
