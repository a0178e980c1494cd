namespace Bailiwick.Text.Tokens;

/// <summary>A stretch of a text, in UTF-16 code units.</summary>
internal readonly record struct Stretch(int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>A text on its way to the model: cut into pieces, each of which is tokenised by itself.</summary>
/// <param name="Text">The normalised text.</param>
/// <param name="List">The pieces, in order, none empty; what lies between them is dropped.</param>
/// <param name="AtStart">
/// Whether the text begins where the whole input begins. Unlike the tokenizers library this does not ask whether a
/// normalizer removed the first characters; no published tokenizer has both a strip and a mark for the first word only.
/// </param>
internal sealed record Pieces(string Text, List<Stretch> List, bool AtStart)
{
    public static Pieces Whole(string text, bool atStart) =>
        new(text, text.Length == 0 ? [] : [new Stretch(0, text.Length)], atStart);
}

/// <summary>One pre-tokenizer of a tokenizer file.</summary>
internal interface IPreTokenizer
{
    Pieces Split(Pieces pieces);
}

/// <summary>Pre-tokenizers one after the other.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<IPreTokenizer> steps) : IPreTokenizer
{
    public Pieces Split(Pieces pieces) => steps.Aggregate(pieces, (current, step) => step.Split(current));
}
