namespace Bailiwick.Text.ToolCalls;

internal enum CallItemKind
{
    Character,

    /// <summary>One of the format's markers.</summary>
    Marker,

    /// <summary>Nothing follows.</summary>
    End,
}

/// <summary>What a parser reads, one at a time.</summary>
/// <param name="Kind">Which of the others holds.</param>
/// <param name="Character">With a character; a UTF-16 code unit.</param>
/// <param name="Marker">With a marker: its place in the format's list.</param>
/// <param name="ById">With a marker: it is a token of the vocabulary, so that no letters can be taken for it.</param>
internal readonly record struct CallItem(CallItemKind Kind, char Character, int Marker, bool ById)
{
    public static CallItem End { get; } = new(CallItemKind.End, default, -1, ById: false);

    public static CallItem Of(char character) => new(CallItemKind.Character, character, -1, ById: false);

    public static CallItem Of(int marker, bool byId) => new(CallItemKind.Marker, default, marker, byId);
}
