using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Bailiwick.Evidence;

/// <summary>A SHA-256 hash in the tree: of a leaf, a node, or a whole tree (RFC 6962 section 2.1). 32 bytes, no allocation.</summary>
[InlineArray(Length)]
public struct TreeHash : IEquatable<TreeHash>
{
    /// <summary>Bytes in a hash.</summary>
    public const int Length = 32;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private byte _first;

    /// <summary>A copy of exactly 32 bytes.</summary>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public static TreeHash From(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException("A tree hash has 32 bytes.", nameof(bytes));
        }

        TreeHash hash = default;
        bytes.CopyTo(hash);
        return hash;
    }

    /// <summary>Reads the base64 form that checkpoints and proofs use.</summary>
    public static bool TryParseBase64(ReadOnlySpan<char> text, out TreeHash hash)
    {
        hash = default;
        if (!StrictBase64.TryDecode(text, Length, out var bytes) || bytes.Length != Length)
        {
            return false;
        }

        bytes.CopyTo(hash);
        return true;
    }

    /// <summary>Reads 64 lower-case hexadecimal digits, the form inside leaves.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> text, out TreeHash hash)
    {
        hash = default;
        return text.Length == 2 * Length
            && !text.ContainsAnyExcept(HexDigits)
            && Convert.FromHexString(text, hash, out _, out _) == OperationStatus.Done;
    }

    /// <summary>The 32 bytes, in place.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> AsSpan() => this;

    /// <summary>44 characters, as checkpoints and proofs write it.</summary>
    public readonly string ToBase64() => Convert.ToBase64String(this);

    /// <summary>64 lower-case digits, as leaves write it.</summary>
    public readonly string ToHex() => Convert.ToHexStringLower(this);

    public override readonly string ToString() => ToHex();

    public readonly bool Equals(TreeHash other) => AsSpan().SequenceEqual(other.AsSpan());

    public override readonly bool Equals(object? obj) => obj is TreeHash other && Equals(other);

    public override readonly int GetHashCode() => BitConverter.ToInt32(AsSpan());

    public static bool operator ==(TreeHash left, TreeHash right) => left.Equals(right);

    public static bool operator !=(TreeHash left, TreeHash right) => !left.Equals(right);
}
