using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Bailiwick.Evidence;

/// <summary>An entry bundle (C2SP tlog-tiles): up to 256 entries, each behind its length in two bytes, big-endian.</summary>
public static class EntryBundle
{
    /// <summary>Largest entry: its length is written in 16 bits.</summary>
    public const int MaxEntry = ushort.MaxValue;

    private const int LengthPrefix = sizeof(ushort);

    /// <summary>Adds one entry to a bundle.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The entry is longer than 65,535 bytes.</exception>
    public static void Append(IBufferWriter<byte> bundle, ReadOnlySpan<byte> entry)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entry.Length, MaxEntry);
        BinaryPrimitives.WriteUInt16BigEndian(bundle.GetSpan(LengthPrefix), (ushort)entry.Length);
        bundle.Advance(LengthPrefix);
        bundle.Write(entry);
    }

    /// <summary>Splits a bundle into exactly the entries that its path promises.</summary>
    public static bool TryParse(
        TilePath path,
        ReadOnlyMemory<byte> bytes,
        [NotNullWhen(true)] out IReadOnlyList<ReadOnlyMemory<byte>>? entries,
        [NotNullWhen(false)] out Fault? fault)
    {
        entries = null;
        var found = new List<ReadOnlyMemory<byte>>(path.Width);
        while (found.Count < path.Width)
        {
            if (bytes.Length < LengthPrefix
                || BinaryPrimitives.ReadUInt16BigEndian(bytes.Span) is var length && bytes.Length - LengthPrefix < length)
            {
                fault = new Fault(FaultCode.BundleShort, $"ends inside entry {found.Count}", path.ToString());
                return false;
            }

            found.Add(bytes.Slice(LengthPrefix, length));
            bytes = bytes[(LengthPrefix + length)..];
        }

        fault = bytes.IsEmpty
            ? null
            : new Fault(FaultCode.BundleEntries, $"{bytes.Length} bytes after the last entry", path.ToString());
        entries = fault is null ? found : null;
        return fault is null;
    }

    /// <summary>Null if the bundle holds the entries whose hashes the tile of level 0 beside it holds.</summary>
    public static Fault? Check(HashTile tile, ReadOnlyMemory<byte> bytes)
    {
        var path = tile.Path.Bundle;
        if (!TryParse(path, bytes, out var entries, out var fault))
        {
            return fault;
        }

        for (var i = 0; i < entries.Count; i++)
        {
            if (TreeHasher.Leaf(entries[i].Span) != tile.Hashes[i])
            {
                return new Fault(FaultCode.BundleEntries, $"entry {i} is not the one that was hashed", path.ToString());
            }
        }

        return null;
    }
}
