namespace Bailiwick.Text.Tokens;

/// <summary>The tokens by id and by text, added ones included.</summary>
internal sealed class Vocabulary
{
    /// <summary>Ids run below this; the largest published vocabularies have 262,208.</summary>
    public const int MostTokens = 1 << 21;

    /// <summary>In UTF-16 code units. Bounds the work for each character of a text.</summary>
    public const int LongestToken = 1024;

    private readonly string?[] _texts;
    private readonly AddedToken?[] _added;

    public Vocabulary(IReadOnlyDictionary<string, int> model, IReadOnlyList<AddedToken> added)
    {
        Size = model.Values.Concat(added.Select(token => token.Id)).DefaultIfEmpty(-1).Max() + 1;
        _texts = new string?[Size];
        _added = new AddedToken?[Size];
        foreach (var (text, id) in model)
        {
            _texts[id] = text;
        }

        foreach (var token in added)
        {
            _texts[token.Id] = token.Content;
            _added[token.Id] = token;
        }
    }

    /// <summary>One more than the largest id.</summary>
    public int Size { get; }

    /// <summary>The token as the file writes it, or null for an id without a token.</summary>
    public string? Text(int id) => (uint)id < (uint)Size ? _texts[id] : null;

    public AddedToken? Added(int id) => (uint)id < (uint)Size ? _added[id] : null;

    public bool IsSpecial(int id) => Added(id) is { Special: true };
}
