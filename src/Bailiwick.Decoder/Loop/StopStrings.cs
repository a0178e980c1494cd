namespace Bailiwick.Decoder.Loop;

/// <summary>
/// Watches one answer's text for stop strings. Text that may be the start of one is held back. The match is the one
/// that ends first, and of several that end there the longest: so where tokens cut the text changes nothing.
/// </summary>
internal sealed class StopStrings(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>The stop string that matched; null before.</summary>
    internal string? Matched { get; private set; }

    /// <summary>Takes the answer's next text and gives what may leave now, without the stop string.</summary>
    internal string Append(string text)
    {
        if (stops.Count == 0 || text.Length == 0)
        {
            return text;
        }

        var seen = _held.Length == 0 ? text : _held + text;
        if (FirstMatch(seen) is var (start, stop))
        {
            Matched = stop;
            _held = "";
            return seen[..start];
        }

        var keep = LongestStart(seen);
        _held = seen[^keep..];
        return keep == 0 ? seen : seen[..^keep];
    }

    /// <summary>What was held back, when no more text comes.</summary>
    internal string Flush()
    {
        var rest = _held;
        _held = "";
        return rest;
    }

    private (int Start, string Stop)? FirstMatch(string seen)
    {
        (int Start, string Stop)? first = null;
        foreach (var stop in stops)
        {
            var start = seen.IndexOf(stop, StringComparison.Ordinal);
            if (start >= 0 && (first is not var (otherStart, other) || EndsEarlier(start, stop, otherStart, other)))
            {
                first = (start, stop);
            }
        }

        return first;
    }

    private static bool EndsEarlier(int start, string stop, int otherStart, string other)
    {
        var (end, otherEnd) = (start + stop.Length, otherStart + other.Length);
        return end < otherEnd || (end == otherEnd && start < otherStart);
    }

    // Length of the longest end of the text with which some stop string begins.
    private int LongestStart(string seen)
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, seen.Length); length > longest; length--)
            {
                if (seen.AsSpan(seen.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                {
                    longest = length;
                }
            }
        }

        return longest;
    }
}
