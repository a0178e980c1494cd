using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>
/// Unicode normalisation (UAX #15). <see cref="string.Normalize()"/> leaves every text as it is in globalization-invariant
/// mode, which the whole product runs in, so that a Qwen or T5 tokenizer would silently give other ids.
/// </summary>
internal static class UnicodeForms
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;
    private const int HangulCount = LeadCount * VowelCount * TailCount;

    private static readonly Lazy<NormalizationData> Data = new(NormalizationData.Read);

    public static string Normalize(string text, NormalizationForm form)
    {
        var composes = form is NormalizationForm.FormC or NormalizationForm.FormKC;
        var compatible = form is NormalizationForm.FormKC or NormalizationForm.FormKD;

        // No character below U+0300 changes in NFC, none below U+0080 in any form.
        var firstThatMayChange = form == NormalizationForm.FormC ? '\u0300' : '\u0080';
        if (!text.AsSpan().ContainsAnyInRange(firstThatMayChange, '\uFFFF'))
        {
            return text;
        }

        var data = Data.Value;
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, compatible, data, points);
        }

        Order(points, data);
        if (composes)
        {
            Compose(points, data);
        }

        var result = new StringBuilder(text.Length);
        foreach (var point in points)
        {
            result.Append(new Rune(point));
        }

        return result.ToString();
    }

    private static void Decompose(int point, bool compatible, NormalizationData data, List<int> into)
    {
        if (point - HangulBase is >= 0 and < HangulCount and var syllable)
        {
            into.Add(LeadBase + (syllable / (VowelCount * TailCount)));
            into.Add(VowelBase + (syllable % (VowelCount * TailCount) / TailCount));
            if (syllable % TailCount > 0)
            {
                into.Add(TailBase + (syllable % TailCount));
            }
        }
        else if (data.Decomposition(point, compatible) is { } parts)
        {
            foreach (var part in parts)
            {
                Decompose(part, compatible, data, into);
            }
        }
        else
        {
            into.Add(point);
        }
    }

    /// <summary>The canonical order: marks between two starters are sorted by class, stably.</summary>
    private static void Order(List<int> points, NormalizationData data)
    {
        for (var start = 0; start < points.Count; start++)
        {
            var end = start;
            while (end < points.Count && data.Class(points[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] sorted = [.. points[start..end].OrderBy(data.Class)];
                for (var i = 0; i < sorted.Length; i++)
                {
                    points[start + i] = sorted[i];
                }
            }

            start = end;
        }
    }

    private static void Compose(List<int> points, NormalizationData data)
    {
        int starter = -1, kept = 0, lastClass = 0;
        var all = CollectionsMarshal.AsSpan(points);
        foreach (var point in all)
        {
            var @class = data.Class(point);

            // Blocked: something of the same or a higher class (or another starter) stands between.
            var reachable = starter >= 0 && (kept == starter + 1 || (lastClass != 0 && lastClass < @class));
            if (reachable && Pair(all[starter], point, data) is { } composed)
            {
                all[starter] = composed;
                continue;
            }

            if (@class == 0)
            {
                starter = kept;
            }

            lastClass = @class;
            all[kept++] = point;
        }

        points.RemoveRange(kept, points.Count - kept);
    }

    private static int? Pair(int first, int second, NormalizationData data)
    {
        if (first - LeadBase is >= 0 and < LeadCount and var lead && second - VowelBase is >= 0 and < VowelCount and var vowel)
        {
            return HangulBase + (((lead * VowelCount) + vowel) * TailCount);
        }

        var isOpenSyllable = first - HangulBase is >= 0 and < HangulCount && (first - HangulBase) % TailCount == 0;
        return isOpenSyllable && second - TailBase is > 0 and < TailCount and var tail
            ? first + tail
            : data.Composition(first, second);
    }

    /// <summary>The tables, read from the embedded file once a tokenizer asks for them.</summary>
    private sealed class NormalizationData
    {
        private readonly Dictionary<int, byte> _classes = [];
        private readonly Dictionary<int, int[]> _canonical = [];
        private readonly Dictionary<int, int[]> _compatibility = [];
        private readonly Dictionary<long, int> _compositions = [];

        public int Class(int point) => _classes.GetValueOrDefault(point);

        public int[]? Decomposition(int point, bool compatible) =>
            _canonical.TryGetValue(point, out var parts) || (compatible && _compatibility.TryGetValue(point, out parts))
                ? parts
                : null;

        public int? Composition(int first, int second) =>
            _compositions.TryGetValue(Key(first, second), out var composed) ? composed : null;

        public static NormalizationData Read()
        {
            var data = new NormalizationData();
            using var stream = typeof(UnicodeForms).Assembly.GetManifestResourceStream("NormalizationData.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                if (!line.StartsWith('#'))
                {
                    data.Add(line.Split(';'));
                }
            }

            return data;
        }

        private void Add(string[] fields)
        {
            var point = Hex(fields[0]);
            if (fields[1].Length > 0)
            {
                _classes.Add(point, byte.Parse(fields[1], CultureInfo.InvariantCulture));
            }

            var parts = fields[2].TrimStart('~', '!').Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Hex).ToArray();
            if (parts.Length == 0)
            {
                return;
            }

            (fields[2][0] == '~' ? _compatibility : _canonical).Add(point, parts);
            if (parts.Length == 2 && fields[2][0] is not ('~' or '!'))
            {
                _compositions.Add(Key(parts[0], parts[1]), point);
            }
        }

        private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

        private static long Key(int first, int second) => ((long)first << 32) | (uint)second;
    }
}
