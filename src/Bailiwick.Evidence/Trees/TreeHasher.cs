using System.Buffers;
using System.Security.Cryptography;

namespace Bailiwick.Evidence;

/// <summary>The three hashes of RFC 6962 section 2.1. The prefix byte keeps a node from being offered as a leaf.</summary>
public static class TreeHasher
{
    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;
    private const int OnStack = 1024;

    /// <summary>Root of the tree without leaves: SHA-256 of nothing.</summary>
    public static TreeHash EmptyRoot { get; } = TreeHash.From(SHA256.HashData([]));

    /// <summary>SHA-256(0x00 || entry).</summary>
    public static TreeHash Leaf(ReadOnlySpan<byte> entry)
    {
        var length = entry.Length + 1;
        var rented = length > OnStack ? ArrayPool<byte>.Shared.Rent(length) : null;
        var input = rented ?? stackalloc byte[OnStack];
        input[0] = LeafPrefix;
        entry.CopyTo(input[1..]);
        TreeHash hash = default;
        SHA256.HashData(input[..length], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return hash;
    }

    /// <summary>SHA-256(0x01 || left || right).</summary>
    public static TreeHash Node(in TreeHash left, in TreeHash right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * TreeHash.Length)];
        input[0] = NodePrefix;
        left.AsSpan().CopyTo(input[1..]);
        right.AsSpan().CopyTo(input[(1 + TreeHash.Length)..]);
        TreeHash hash = default;
        SHA256.HashData(input, hash);
        return hash;
    }
}
