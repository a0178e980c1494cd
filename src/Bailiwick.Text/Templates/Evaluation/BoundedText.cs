using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Evaluation;

/// <summary>A text in the making whose size is paid from the budget.</summary>
internal sealed class BoundedText(Budget budget)
{
    private readonly OriginTextBuilder _builder = new();

    public int Length => _builder.Length;

    public BoundedText Append(OriginText text)
    {
        Pay(text.Length);
        _builder.Append(text);
        return this;
    }

    public BoundedText Append(ReadOnlySpan<char> text, Origin origin = Origin.Template)
    {
        Pay(text.Length);
        _builder.Append(text, origin);
        return this;
    }

    /// <summary>A stretch of a text, with its origins.</summary>
    public BoundedText Append(OriginText text, int start, int length) => Append(text.Slice(start, length));

    public BoundedText Repeat(OriginText text, long times)
    {
        budget.Text(_builder.Length + (text.Length * Math.Max(0, times)));
        for (long i = 0; i < times && text.Length > 0; i++)
        {
            _builder.Append(text);
        }

        return this;
    }

    public TextValue ToValue() => _builder.Length == 0 ? TextValue.Empty : new TextValue(_builder.ToOriginText());

    public OriginText ToOriginText() => _builder.ToOriginText();

    private void Pay(int characters)
    {
        if ((long)_builder.Length + characters > budget.Limits.MaxOutputCharacters)
        {
            throw new LimitReached($"a text of more than {budget.Limits.MaxOutputCharacters} characters");
        }

        budget.Step((characters / Budget.CharactersPerStep) + 1);
    }
}
