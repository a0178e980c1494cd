using System.Text;

namespace Bailiwick.Text.Tokens;

/// <summary>Builds a normalised text; a hostile tokenizer file cannot make it grow without end.</summary>
internal sealed class BoundedTextBuilder(int capacity)
{
    /// <summary>In UTF-16 code units; the longest context windows hold less.</summary>
    public const int Most = 1 << 26;

    private readonly StringBuilder _text = new(capacity);

    /// <exception cref="TokenizerLimitException">The text would grow past the limit.</exception>
    public BoundedTextBuilder Append(ReadOnlySpan<char> part)
    {
        if (_text.Length + (long)part.Length > Most)
        {
            throw new TokenizerLimitException($"the tokenizer's normalizer makes more than {Most} characters of a text");
        }

        _text.Append(part);
        return this;
    }

    public override string ToString() => _text.ToString();
}
