using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>Builds a normalised text; a hostile tokenizer file cannot make it grow without end.</summary>
internal sealed class BoundedTextBuilder(int capacity, int limit)
{
    // The longest Unicode compatibility mapping makes 18 characters of one.
    private const int MostOfOne = 32;
    private const int Least = 4096;

    private readonly StringBuilder _text = new(capacity);

    /// <summary>How long a text may become by all normalizers together, in UTF-16 code units.</summary>
    public static int LimitFor(string text) => (int)Math.Min(Least + ((long)text.Length * MostOfOne), int.MaxValue);

    /// <exception cref="TokenizerLimitException">The text would grow past the limit.</exception>
    public BoundedTextBuilder Append(ReadOnlySpan<char> part)
    {
        if (_text.Length + (long)part.Length > limit)
        {
            throw new TokenizerLimitException($"the tokenizer's normalizer makes more than {limit} characters of a text");
        }

        _text.Append(part);
        return this;
    }

    public override string ToString() => _text.ToString();
}
