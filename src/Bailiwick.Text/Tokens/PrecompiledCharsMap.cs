using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>
/// SentencePiece's normalisation table: a double-array trie (Darts) over UTF-8, whose values are offsets of
/// NUL-terminated replacements. Layout: 4 bytes trie size, the trie's 32-bit units, the replacements.
/// </summary>
internal sealed class PrecompiledCharsMap : INormalizer
{
    // A longer grapheme is looked up character by character; the rule of the tokenizers library.
    private const int LongestGraphemeInBytes = 5;

    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private PrecompiledCharsMap(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    public static PrecompiledCharsMap Parse(JsonValue base64)
    {
        var buffer = new byte[base64.Text().Length];
        if (!Convert.TryFromBase64String(base64.Text(), buffer, out var length) || length < 4)
        {
            throw base64.Error("no base64 of a character map");
        }

        var bytes = buffer.AsSpan(0, length);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (size % 4 != 0 || size == 0 || size > bytes.Length - 4)
        {
            throw base64.Error($"the trie has {size} bytes, the map {length}");
        }

        var units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (4 * i))..]);
        }

        return new PrecompiledCharsMap(units, bytes[(4 + (int)size)..].ToArray());
    }

    public string Normalize(string text, int limit)
    {
        var result = new BoundedTextBuilder(text.Length, limit);
        for (var at = 0; at < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, at);
            AppendGrapheme(text.AsSpan(at, length), result);
            at += length;
        }

        return result.ToString();
    }

    private void AppendGrapheme(ReadOnlySpan<char> grapheme, BoundedTextBuilder result)
    {
        // At most three bytes a code unit, so short graphemes cannot overflow.
        Span<byte> utf8 = stackalloc byte[3 * LongestGraphemeInBytes];
        if (grapheme.Length <= LongestGraphemeInBytes
            && Encoding.UTF8.GetBytes(grapheme, utf8) is <= LongestGraphemeInBytes and var length
            && Lookup(utf8[..length]) is { } whole)
        {
            result.Append(whole);
            return;
        }

        for (var at = 0; at < grapheme.Length;)
        {
            Rune.DecodeFromUtf16(grapheme[at..], out var rune, out var units);
            var replacement = Lookup(utf8[..rune.EncodeToUtf8(utf8)]);
            result.Append(replacement is null ? grapheme.Slice(at, units) : replacement);
            at += units;
        }
    }

    /// <summary>
    /// The replacement of the shortest stored prefix, or null. That a prefix stands for the whole is the tokenizers
    /// library's behaviour (the rest of the grapheme vanishes), and the models were trained with it.
    /// </summary>
    private string? Lookup(ReadOnlySpan<byte> key)
    {
        var node = Offset(_units[0]);
        foreach (var b in key)
        {
            node ^= b;
            if (b == 0 || node >= (uint)_units.Length || Label(_units[node]) != b)
            {
                return null;
            }

            var unit = _units[node];
            node ^= Offset(unit);
            if (HasLeaf(unit))
            {
                return node < (uint)_units.Length ? Replacement(_units[node] & 0x7FFF_FFFF) : null;
            }
        }

        return null;
    }

    private string? Replacement(uint start)
    {
        if (start >= (uint)_replacements.Length)
        {
            return null;
        }

        var tail = _replacements.AsSpan((int)start);
        var end = tail.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? tail : tail[..end]);
    }

    private static bool HasLeaf(uint unit) => ((unit >> 8) & 1) == 1;

    private static uint Label(uint unit) => unit & 0x8000_00FF;

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
