namespace Bailiwick.Evidence;

/// <summary>What a leaf is made of: the part of JSON that has one spelling without any rule for escapes or fractions.</summary>
public abstract record LeafValue;

/// <summary>Visible ASCII without quote and backslash: an id, a digest, a key. Never free text.</summary>
public sealed record LeafText(string Value) : LeafValue;

/// <summary>An integer of at most 2^53-1 in size: what every JSON reader reads exactly.</summary>
public sealed record LeafNumber(long Value) : LeafValue
{
    /// <summary>2^53 - 1.</summary>
    public const long Max = (1L << 53) - 1;
}

/// <summary>A list of texts.</summary>
public sealed record LeafList(IReadOnlyList<string> Items) : LeafValue;

/// <summary>An object. Fields stand in ordinal order of their keys, which for ASCII is the order of RFC 8785.</summary>
public sealed record LeafObject(IReadOnlyList<KeyValuePair<string, LeafValue>> Fields) : LeafValue;
