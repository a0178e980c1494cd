namespace Bailiwick.Models.Import;

/// <summary>
/// Merges of a SentencePiece BPE vocabulary, which stores only a score for each piece: every way to put a piece together
/// from two others, best score first; at equal scores the longer left part, then the longer right part, then the order of
/// the vocabulary (as the published conversion to tokenizer.json sorts them).
/// </summary>
internal static class ScoredMerges
{
    public static IEnumerable<(string Left, string Right)> Of(VocabularyData vocabulary)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (CanMerge(vocabulary.Kinds[id])) ids[vocabulary.Tokens[id]] = id;
        }

        return ids
            .SelectMany(piece => Splits(piece.Key, ids).Select(split => (split.Left, split.Right, Score: vocabulary.Scores[piece.Value])))
            .OrderByDescending(merge => merge.Score)
            .ThenByDescending(merge => Characters(merge.Left))
            .ThenByDescending(merge => Characters(merge.Right))
            .Select(merge => (merge.Left, merge.Right));
    }

    private static bool CanMerge(TokenKind kind) => kind is TokenKind.Normal or TokenKind.Unused;

    private static IEnumerable<(string Left, string Right)> Splits(string piece, Dictionary<string, int> ids) =>
        Enumerable.Range(1, Math.Max(piece.Length - 1, 0))
            .Where(at => !char.IsLowSurrogate(piece[at]))
            .Select(at => (Left: piece[..at], Right: piece[at..]))
            .Where(split => ids.ContainsKey(split.Left) && ids.ContainsKey(split.Right))
            .OrderBy(split => ids[split.Left])
            .ThenBy(split => ids[split.Right]);

    private static int Characters(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }
}
