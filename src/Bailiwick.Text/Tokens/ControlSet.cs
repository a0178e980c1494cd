namespace Bailiwick.Text.Tokens;

/// <summary>A control token found in a rendered prompt.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">Where it begins, in UTF-16 code units, with the white space it takes.</param>
/// <param name="Length">Its length with that white space.</param>
public readonly record struct ControlMatch(int Id, int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>
/// The added tokens that steer a model, fixed when it is loaded. They count only where the template wrote all their
/// characters; in client text the same characters are ordinary text.
/// </summary>
/// <remarks>
/// The <c>special</c> flag alone is wrong: reasoning and tool marks, in some models even turn marks, lack it. All
/// added tokens would be wrong too: runs of line feeds and HTML tags are ordinary text, recognised everywhere.
/// </remarks>
public sealed class ControlSet
{
    private readonly HashSet<int> _ids;
    private readonly HashSet<int> _markers;
    private readonly AddedTokenMatcher _matcher;

    private ControlSet(IReadOnlyList<AddedToken> tokens, HashSet<int> markers)
    {
        Tokens = tokens;
        _ids = [.. tokens.Select(token => token.Id)];
        _markers = markers;
        _matcher = new AddedTokenMatcher(tokens);
    }

    /// <summary>The control tokens in the order of the tokenizer file.</summary>
    public IReadOnlyList<AddedToken> Tokens { get; }

    /// <param name="added">All added tokens of the tokenizer.</param>
    /// <param name="template">The chat template's source, or null without one.</param>
    /// <param name="bordersOfText">The texts that the template is given for BOS and EOS.</param>
    public static ControlSet Choose(
        IReadOnlyList<AddedToken> added, string? template, IReadOnlyCollection<string> bordersOfText)
    {
        var markers = added
            .Where(token => token.Content.AsSpan().ContainsAnyExcept(" \t\r\n\u2581")
                && (HasControlShape(token.Content) || IsWritten(token.Content) || bordersOfText.Contains(token.Content)))
            .Select(token => token.Id)
            .ToHashSet();
        return new ControlSet([.. added.Where(token => token.Special || markers.Contains(token.Id))], markers);

        // A template may write only one of a pair: of <think> and </think> often the second alone.
        bool IsWritten(string text) => template is not null
            && (template.Contains(text, StringComparison.Ordinal) || template.Contains(Counterpart(text), StringComparison.Ordinal));
    }

    public bool Contains(int id) => _ids.Contains(id);

    /// <summary>
    /// The control tokens of a rendered prompt in order: leftmost-longest inside each run of template characters.
    /// White space that a token takes may be the client's.
    /// </summary>
    public IReadOnlyList<ControlMatch> Find(OriginText rendered)
    {
        ArgumentNullException.ThrowIfNull(rendered);
        var matches = new List<AddedTokenMatch>();
        foreach (var run in rendered.Runs)
        {
            if (run.Origin == Origin.Template)
            {
                _matcher.FindAll(rendered.Text, run.Start, run.Length, matches);
            }
        }

        return [.. matches.Select(match => new ControlMatch(match.Token.Id, match.Start, match.Length))];
    }

    /// <summary>
    /// Whether the token steers the model by more than its flag. Such a token must not stand for unknown characters
    /// either, or a client could write a turn border as a byte without a token.
    /// </summary>
    internal bool IsMarker(int id) => _markers.Contains(id);

    /// <summary><c>&lt;x&gt;</c> for <c>&lt;/x&gt;</c> and the other way round; the same with square brackets.</summary>
    private static string Counterpart(string tag) => tag is ['<' or '[', '/', ..] ? tag.Remove(1, 1)
        : tag is ['<' or '[', ..] ? tag.Insert(1, "/")
        : tag;

    private static bool HasControlShape(string text) =>
        (text.StartsWith("<|", StringComparison.Ordinal) && text.EndsWith('>'))
        || (text.StartsWith('<') && text.EndsWith("|>", StringComparison.Ordinal))
        || (text.StartsWith("<\uFF5C", StringComparison.Ordinal) && text.EndsWith("\uFF5C>", StringComparison.Ordinal));
}
