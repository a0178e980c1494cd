using System.Globalization;
using System.Text;

namespace Bailiwick.Evidence;

/// <summary>Name of a tile or an entry bundle (C2SP tlog-tiles): level, index, width.</summary>
/// <param name="Level">0 to 63 for hashes, <see cref="Entries"/> for entry bundles.</param>
/// <param name="Index">Place within the level, from 0, below 2^63.</param>
/// <param name="Width">Hashes or entries in it: 1 to 255 for a partial tile, 256 for a full one.</param>
public readonly record struct TilePath(int Level, ulong Index, int Width)
{
    /// <summary>Hashes in a full tile.</summary>
    public const int FullWidth = 256;

    /// <summary>Tree levels that a tile spans: 2^8 = 256.</summary>
    public const int Height = 8;

    /// <summary>The level of entry bundles.</summary>
    public const int Entries = -1;

    private const int MaxLevel = 63;
    private const int MaxLength = 64;
    private const int GroupDigits = 3;
    private const ulong GroupSize = 1000;

    /// <summary>The entry bundle beside this tile of level 0.</summary>
    public TilePath Bundle => this with { Level = Entries };

    /// <summary>False for a partial tile, whose name ends in `.p/WIDTH`.</summary>
    public bool IsFull => Width == FullWidth;

    /// <summary>Reads exactly what <see cref="ToString"/> writes; nothing else names a tile.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TilePath path)
    {
        path = default;
        if (text.Length > MaxLength || !text.StartsWith("tile/", StringComparison.Ordinal))
        {
            return false;
        }

        var rest = text["tile/".Length..];
        var slash = rest.IndexOf('/');
        if (slash < 0 || !TryParseLevel(rest[..slash], out var level))
        {
            return false;
        }

        rest = rest[(slash + 1)..];
        var width = FullWidth;
        var suffix = rest.IndexOf(".p/", StringComparison.Ordinal);
        if (suffix >= 0)
        {
            if (!PlainDecimal.TryParse(rest[(suffix + ".p/".Length)..], out var partial) || partial is 0 or >= FullWidth)
            {
                return false;
            }

            width = (int)partial;
            rest = rest[..suffix];
        }

        if (!TryParseIndex(rest, out var index))
        {
            return false;
        }

        path = new TilePath(level, index, width);
        return true;
    }

    public override string ToString()
    {
        var groups = new List<string>();
        var rest = Index;
        do
        {
            groups.Insert(0, (rest % GroupSize).ToString("000", CultureInfo.InvariantCulture));
            rest /= GroupSize;
        }
        while (rest > 0);

        var text = new StringBuilder("tile/");
        text.Append(Level == Entries ? "entries" : Level.ToString(CultureInfo.InvariantCulture)).Append('/');
        for (var i = 0; i < groups.Count; i++)
        {
            text.Append(i < groups.Count - 1 ? $"x{groups[i]}/" : groups[i]);
        }

        return IsFull ? text.ToString() : text.Append(CultureInfo.InvariantCulture, $".p/{Width}").ToString();
    }

    private static bool TryParseLevel(ReadOnlySpan<char> text, out int level)
    {
        level = Entries;
        if (text is "entries")
        {
            return true;
        }

        if (!PlainDecimal.TryParse(text, out var number) || number > MaxLevel)
        {
            return false;
        }

        level = (int)number;
        return true;
    }

    private static bool TryParseIndex(ReadOnlySpan<char> text, out ulong index)
    {
        index = 0;
        var isFirst = true;
        while (true)
        {
            var slash = text.IndexOf('/');
            var group = slash < 0 ? text : text[..slash];
            if (slash >= 0 && !TryStripMark(ref group))
            {
                return false;
            }

            if (group.Length != GroupDigits || group.ContainsAnyExceptInRange('0', '9'))
            {
                return false;
            }

            var value = ulong.Parse(group, NumberStyles.None, CultureInfo.InvariantCulture);
            // A leading group of zeros would be a second name for the same tile.
            if (isFirst && slash >= 0 && value == 0 || index > (long.MaxValue - value) / GroupSize)
            {
                return false;
            }

            index = (index * GroupSize) + value;
            isFirst = false;
            if (slash < 0)
            {
                return true;
            }

            text = text[(slash + 1)..];
        }
    }

    /// <summary>All groups but the last begin with x, so that no path is a folder of another.</summary>
    private static bool TryStripMark(ref ReadOnlySpan<char> group)
    {
        if (group.IsEmpty || group[0] != 'x')
        {
            return false;
        }

        group = group[1..];
        return true;
    }
}
