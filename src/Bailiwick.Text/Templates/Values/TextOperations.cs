using System.Buffers;
using System.Text;
using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>What Python's str methods do, on texts that know their origin. Searching sees the characters alone.</summary>
internal static class TextOperations
{
    /// <param name="text">What is stripped.</param>
    /// <param name="characters">Code points to take off, or null for white space.</param>
    /// <param name="atStart">Strip the start.</param>
    /// <param name="atEnd">Strip the end.</param>
    public static TextValue Strip(TextValue text, string? characters, bool atStart, bool atEnd)
    {
        var plain = text.Plain.AsSpan();
        var set = characters?.EnumerateRunes().ToHashSet();
        bool Goes(Rune rune) => set?.Contains(rune) ?? (rune.IsBmp && CodePoints.IsSpace((char)rune.Value));
        var start = 0;
        while (atStart && Rune.DecodeFromUtf16(plain[start..], out var rune, out var width) == OperationStatus.Done && Goes(rune))
        {
            start += width;
        }

        var end = plain.Length;
        while (atEnd && Rune.DecodeLastFromUtf16(plain[start..end], out var rune, out var width) == OperationStatus.Done && Goes(rune))
        {
            end -= width;
        }

        return text.Slice(start, end - start);
    }

    /// <param name="text">Where to replace.</param>
    /// <param name="old">What to replace; empty stands before each code point and at the end.</param>
    /// <param name="replacement">What to write instead, with its own origins.</param>
    /// <param name="count">At most so many, or all if negative.</param>
    /// <param name="budget">Pays for the result.</param>
    public static TextValue Replace(TextValue text, string old, TextValue replacement, int count, Budget budget)
    {
        budget.Search(text.Plain.Length, old.Length);
        var sink = new BoundedText(budget);
        var copied = 0;
        foreach (var at in Occurrences(text.Plain, old))
        {
            if (count-- == 0)
            {
                break;
            }

            sink.Append(text.Text, copied, at - copied).Append(replacement.Text);
            copied = at + old.Length;
        }

        return sink.Append(text.Text, copied, text.Plain.Length - copied).ToValue();
    }

    /// <summary><c>str.split(separator, limit)</c>.</summary>
    public static IReadOnlyList<Value> Split(TextValue text, string separator, int limit, Budget budget)
    {
        budget.Search(text.Plain.Length, separator.Length);
        var parts = new List<Value>();
        var from = 0;
        foreach (var at in Occurrences(text.Plain, RequireSeparator(separator)))
        {
            if (limit-- == 0)
            {
                break;
            }

            parts.Add(text.Slice(from, at - from));
            from = at + separator.Length;
        }

        parts.Add(text.Slice(from, text.Plain.Length - from));
        return parts;
    }

    /// <summary><c>str.rsplit(separator, limit)</c>.</summary>
    public static IReadOnlyList<Value> SplitFromEnd(TextValue text, string separator, int limit, Budget budget)
    {
        budget.Search(text.Plain.Length, separator.Length);
        var parts = new List<Value>();
        var end = text.Plain.Length;
        RequireSeparator(separator);
        while (limit-- != 0)
        {
            var at = text.Plain.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            parts.Add(text.Slice(at + separator.Length, end - at - separator.Length));
            end = at;
        }

        parts.Add(text.Slice(0, end));
        parts.Reverse();
        return parts;
    }

    /// <summary><c>str.split(None, limit)</c>: at runs of white space, without empty parts.</summary>
    public static IReadOnlyList<Value> SplitAtSpace(TextValue text, int limit)
    {
        var parts = new List<Value>();
        for (var at = SkipSpace(text.Plain, 0); at < text.Plain.Length;)
        {
            if (limit-- == 0)
            {
                parts.Add(text.Slice(at, text.Plain.Length - at));
                break;
            }

            var end = at;
            while (end < text.Plain.Length && !CodePoints.IsSpace(text.Plain[end]))
            {
                end++;
            }

            parts.Add(text.Slice(at, end - at));
            at = SkipSpace(text.Plain, end);
        }

        return parts;
    }

    public static IReadOnlyList<TextValue> SplitLines(TextValue text, bool keepEnds)
    {
        var lines = new List<TextValue>();
        var plain = text.Plain;
        for (var from = 0; from < plain.Length;)
        {
            var end = from;
            while (end < plain.Length && !CodePoints.IsLineBreak(plain[end]))
            {
                end++;
            }

            var next = end + (end + 1 < plain.Length && plain[end] == '\r' && plain[end + 1] == '\n' ? 2 : end < plain.Length ? 1 : 0);
            lines.Add(text.Slice(from, (keepEnds ? next : end) - from));
            from = next;
        }

        return lines;
    }

    public static TextValue Join(TextValue separator, IEnumerable<TextValue> parts, Budget budget)
    {
        var sink = new BoundedText(budget);
        var first = true;
        foreach (var part in parts)
        {
            if (!first)
            {
                sink.Append(separator.Text);
            }

            sink.Append(part.Text);
            first = false;
        }

        return sink.ToValue();
    }

    public static bool Contains(string text, string part, Budget budget)
    {
        budget.Search(text.Length, part.Length);
        return text.Contains(part, StringComparison.Ordinal);
    }

    /// <summary>Places of an ordinal match, from the start, without overlap; an empty text matches between code points.</summary>
    public static IEnumerable<int> Occurrences(string text, string part)
    {
        if (part.Length > 0)
        {
            for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0;
                 at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
            {
                yield return at;
            }

            yield break;
        }

        for (var at = 0; at <= text.Length; at++)
        {
            if (at == text.Length || !char.IsLowSurrogate(text[at]))
            {
                yield return at;
            }
        }
    }

    private static string RequireSeparator(string separator) =>
        separator.Length > 0 ? separator : throw new EvaluationError("empty separator");

    private static int SkipSpace(string text, int at)
    {
        while (at < text.Length && CodePoints.IsSpace(text[at]))
        {
            at++;
        }

        return at;
    }
}
