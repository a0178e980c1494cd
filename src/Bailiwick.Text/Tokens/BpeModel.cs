using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>Settings of a BPE model as the tokenizer file gives them.</summary>
/// <param name="UnknownToken">Stands for characters without a token; null: they vanish.</param>
/// <param name="FuseUnknown">Whether neighbouring unknown characters become one token.</param>
/// <param name="ByteFallback">Whether unknown characters are spelled with the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</param>
/// <param name="IgnoreMerges">Whether a piece that is a token is that token, whatever the merges give.</param>
/// <param name="Prefix">Marks every symbol of a piece but the first; empty: none.</param>
/// <param name="Suffix">Marks the last symbol of a piece; empty: none.</param>
internal sealed record BpeSettings(
    string? UnknownToken, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges, string Prefix, string Suffix);

/// <summary>What a pair of neighbours becomes, and how early.</summary>
internal readonly record struct Merge(int Rank, int Id);

/// <summary>
/// Byte-pair encoding, over byte-level characters or over code points with byte fallback.
/// </summary>
/// <remarks>
/// Microsoft.ML.Tokenizers 2.0.1 was measured and is not used. It is right on the byte-level fixtures, but its
/// expressions see UTF-16 units (5 of 404 random texts wrong), its merging is quadratic (10,000 letters without a
/// space 56 ms, 40,000 384 ms), it fails on the Unigram fixture (IndexOutOfRangeException), reads no tokenizer.json,
/// and cannot keep control tokens out of plain text.
/// </remarks>
internal sealed class BpeModel : ITokenModel
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Dictionary<long, Merge> _merges;
    private readonly int[]? _byteIds;
    private readonly int? _unknownId;
    private readonly BpeSettings _settings;

    /// <summary>The vocabulary and the merges come without the control tokens: no text can give a blocked one.</summary>
    public BpeModel(Dictionary<string, int> ids, Dictionary<long, Merge> merges, BpeSettings settings, int? unknownId)
    {
        _ids = ids;
        _lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = merges;
        _settings = settings;
        _unknownId = unknownId;
        _byteIds = settings.ByteFallback
            ? [.. Enumerable.Range(0, 256).Select(b => ids.GetValueOrDefault(ByteToken.Of((byte)b), -1))]
            : null;
    }

    public static long Pair(int left, int right) => ((long)left << 32) | (uint)right;

    public IPieceEncoder NewEncoder() => new BpeEncoder(this);

    internal bool TryGetWhole(ReadOnlySpan<char> piece, out int id)
    {
        id = -1;
        return _settings.IgnoreMerges && _lookup.TryGetValue(piece, out id);
    }

    internal bool TryMerge(int left, int right, out Merge merge) => _merges.TryGetValue(Pair(left, right), out merge);

    /// <summary>The symbols of a piece before any merge: one for each character that has a token.</summary>
    internal void AddSymbols(ReadOnlySpan<char> piece, List<int> symbols)
    {
        var unknownPending = false;
        for (var at = 0; at < piece.Length;)
        {
            Rune.DecodeFromUtf16(piece[at..], out var rune, out var length);
            var isFirst = at == 0;
            at += length;
            if (TryGetSymbol(piece.Slice(at - length, length), isFirst, at == piece.Length, out var id))
            {
                unknownPending = false;
                symbols.Add(id);
            }
            else if (TryAddBytes(rune, symbols))
            {
                unknownPending = false;
            }
            else if (_unknownId is { } unknown && !(unknownPending && _settings.FuseUnknown))
            {
                unknownPending = true;
                symbols.Add(unknown);
            }
        }
    }

    private bool TryGetSymbol(ReadOnlySpan<char> character, bool isFirst, bool isLast, out int id)
    {
        var isPlain = (isFirst || _settings.Prefix.Length == 0) && (!isLast || _settings.Suffix.Length == 0);
        return isPlain
            ? _lookup.TryGetValue(character, out id)
            : _ids.TryGetValue($"{(isFirst ? "" : _settings.Prefix)}{character}{(isLast ? _settings.Suffix : "")}", out id);
    }

    private bool TryAddBytes(Rune rune, List<int> symbols)
    {
        if (_byteIds is null)
        {
            return false;
        }

        Span<byte> utf8 = stackalloc byte[4];
        var bytes = utf8[..rune.EncodeToUtf8(utf8)];
        foreach (var b in bytes)
        {
            if (_byteIds[b] < 0)
            {
                return false;
            }
        }

        foreach (var b in bytes)
        {
            symbols.Add(_byteIds[b]);
        }

        return true;
    }
}
