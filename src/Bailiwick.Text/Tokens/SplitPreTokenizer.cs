namespace Bailiwick.Text.Tokens;

/// <summary>What becomes of the delimiters that a pattern finds (the tokenizers library's SplitDelimiterBehavior).</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Cuts every piece where a pattern matches.</summary>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert = false) : IPreTokenizer
{
    public Pieces Split(Pieces pieces)
    {
        var result = new List<Stretch>(pieces.List.Count);
        var matches = new List<Stretch>();
        foreach (var piece in pieces.List)
        {
            matches.Clear();
            var isWhole = piece.Length == pieces.Text.Length;
            pattern.FindAll(isWhole ? pieces.Text : pieces.Text.Substring(piece.Start, piece.Length), matches);
            Cut(piece, matches, result);
        }

        return pieces with { List = result };
    }

    private void Cut(Stretch piece, List<Stretch> matches, List<Stretch> result)
    {
        var first = result.Count;
        var previousIsDelimiter = false;
        foreach (var (part, isMatch) in Alternate(piece, matches))
        {
            var isDelimiter = isMatch != invert;
            var joins = result.Count > first && behavior switch
            {
                SplitBehavior.MergedWithPrevious => isDelimiter && !previousIsDelimiter,
                SplitBehavior.MergedWithNext => previousIsDelimiter && !isDelimiter,
                SplitBehavior.Contiguous => isDelimiter == previousIsDelimiter,
                _ => false,
            };
            if (joins)
            {
                result[^1] = result[^1] with { Length = result[^1].Length + part.Length };
            }
            else if (!(isDelimiter && behavior == SplitBehavior.Removed))
            {
                result.Add(part);
            }

            previousIsDelimiter = isDelimiter;
        }
    }

    /// <summary>Matches and what lies between them, in order.</summary>
    private static IEnumerable<(Stretch Part, bool IsMatch)> Alternate(Stretch piece, List<Stretch> matches)
    {
        var at = 0;
        foreach (var match in matches)
        {
            if (match.Start > at)
            {
                yield return (new Stretch(piece.Start + at, match.Start - at), false);
            }

            yield return (new Stretch(piece.Start + match.Start, match.Length), true);
            at = match.End;
        }

        if (at < piece.Length)
        {
            yield return (new Stretch(piece.Start + at, piece.Length - at), false);
        }
    }
}
