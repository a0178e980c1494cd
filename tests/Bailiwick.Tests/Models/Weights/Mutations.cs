using System.Buffers.Binary;

namespace Bailiwick.Tests.Models.Weights;

/// <summary>Seeded damage to a valid file: the same seed gives the same mutants.</summary>
internal sealed class Mutations(int seed)
{
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 7, 31, 0x7f, 0xff, 0xffff, int.MaxValue, uint.MaxValue, 1UL << 40, 1UL << 62, long.MaxValue, 1UL << 63,
        ulong.MaxValue - 7, ulong.MaxValue,
    ];

    private readonly Random _random = new(seed);

    /// <summary>A copy with one to four changes.</summary>
    public byte[] Mutant(byte[] original)
    {
        var mutant = original.ToArray();
        for (var changes = _random.Next(1, 5); changes > 0 && mutant.Length > 0; changes--) mutant = Change(mutant);
        return mutant;
    }

    private byte[] Change(byte[] bytes)
    {
        var at = _random.Next(bytes.Length);
        switch (_random.Next(7))
        {
            case 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 1:
                return bytes[..at];
            case 2:
                return [.. bytes, .. bytes.AsSpan(at)];
            case 3:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(Math.Min(at + _random.Next(1, 17), bytes.Length))];
            case 4:
                var twice = Math.Min(_random.Next(1, 65), bytes.Length - at);
                return [.. bytes.AsSpan(0, at + twice), .. bytes.AsSpan(at)];
            case 5:
                return ReplaceDigit(bytes, at);
            default:
                return ReplaceNumber(bytes, at);
        }
    }

    /// <summary>A number in text changes and the text stays well-formed.</summary>
    private byte[] ReplaceDigit(byte[] bytes, int at)
    {
        var digit = bytes.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (digit >= 0) bytes[at + digit] = (byte)('0' + _random.Next(10));
        return bytes;
    }

    /// <summary>A count, length, dimension or offset becomes an edge value.</summary>
    private byte[] ReplaceNumber(byte[] bytes, int at)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, Edges[_random.Next(Edges.Length)]);
        var width = Math.Min(1 << _random.Next(4), bytes.Length - at);
        number[..width].CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}
