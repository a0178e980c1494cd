using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Bailiwick.Evidence;

/// <summary>A tile of hashes: up to 256 consecutive nodes of one height, 32 bytes each.</summary>
public sealed class HashTile
{
    private readonly ReadOnlyMemory<byte> _bytes;

    private HashTile(TilePath path, ReadOnlyMemory<byte> bytes) => (Path, _bytes) = (path, bytes);

    /// <summary>Its name.</summary>
    public TilePath Path { get; }

    /// <summary>As many hashes as the path says, from the left.</summary>
    public ReadOnlySpan<TreeHash> Hashes => MemoryMarshal.Cast<byte, TreeHash>(_bytes.Span);

    /// <summary>Takes bytes of exactly the length that the path promises.</summary>
    public static bool TryParse(
        TilePath path,
        ReadOnlyMemory<byte> bytes,
        [NotNullWhen(true)] out HashTile? tile,
        [NotNullWhen(false)] out Fault? fault)
    {
        var wanted = path.Width * TreeHash.Length;
        (tile, fault) = bytes.Length == wanted
            ? (new HashTile(path, bytes), (Fault?)null)
            : (null, new Fault(FaultCode.TileLength, $"{bytes.Length} bytes where {wanted} belong", path.ToString()));
        return tile is not null;
    }

    /// <summary>Root of the complete subtree of <paramref name="height"/> (0 to 8) at <paramref name="index"/> of this tile.</summary>
    public TreeHash Node(int height, int index)
    {
        var range = new CompactRange();
        foreach (ref readonly var hash in Hashes.Slice(index << height, 1 << height))
        {
            range.Append(hash);
        }

        return range.Root();
    }
}
