namespace Bailiwick.Text.Templates.Values;

/// <summary>A Python str whose characters know their origin.</summary>
internal sealed class TextValue(OriginText text, bool markedSafe = false) : Value
{
    public static readonly TextValue Empty = new(OriginText.Empty);

    public OriginText Text { get; } = text;

    /// <summary>The characters without their origins: what comparison and lookup see.</summary>
    public string Plain => Text.Text;

    /// <summary>
    /// Whether <c>safe</c> made it: jinja2 HTML-escapes what is added to such a text, so operations other than
    /// printing, <c>~</c> and comparing are refused rather than rendered differently.
    /// </summary>
    public bool IsMarkedSafe { get; } = markedSafe;

    public override string TypeName => "str";

    public override bool IsTrue => Text.Length > 0;

    public override long Size => (Text.Length / Evaluation.Budget.CharactersPerStep) + 1;

    public static TextValue Template(string text) => text.Length == 0 ? Empty : new TextValue(OriginText.FromTemplate(text));

    public static TextValue Client(string text) => text.Length == 0 ? Empty : new TextValue(OriginText.FromClient(text));

    public TextValue Slice(int start, int length) =>
        length == 0 ? Empty : length == Text.Length ? this : new TextValue(Text.Slice(start, length));
}
