using System.Text;

namespace Bailiwick.Text;

/// <summary>Who wrote a character of a rendered prompt.</summary>
public enum Origin : byte
{
    /// <summary>The template, the model's own BOS and EOS texts, or a value checked against a closed list.</summary>
    Template,

    /// <summary>The request: any string and any mapping key that a client can choose.</summary>
    Client,
}

/// <summary>A stretch of characters with one origin.</summary>
/// <param name="Start">First character, in UTF-16 code units from the start of the text.</param>
/// <param name="Length">Number of UTF-16 code units, at least 1.</param>
/// <param name="Origin">Who wrote them.</param>
public readonly record struct OriginRun(int Start, int Length, Origin Origin)
{
    /// <summary>The first code unit behind the run.</summary>
    public int End => Start + Length;
}

/// <summary>
/// An immutable text that knows the origin of every character. The tokenizer recognises a control token only where
/// all its characters come from the template, so client text cannot forge one.
/// </summary>
/// <remarks>All positions are UTF-16 code units. Safe to share between threads.</remarks>
public sealed class OriginText
{
    private readonly OriginRun[] _runs;

    internal OriginText(string text, OriginRun[] runs)
    {
        Text = text;
        _runs = runs;
    }

    /// <summary>The text of length zero.</summary>
    public static OriginText Empty { get; } = new("", []);

    /// <summary>The characters without their origins.</summary>
    public string Text { get; }

    /// <summary>Number of UTF-16 code units.</summary>
    public int Length => Text.Length;

    /// <summary>
    /// The origins in order: the runs cover the text without gap or overlap, none is empty, and neighbours differ.
    /// </summary>
    public IReadOnlyList<OriginRun> Runs => _runs;

    /// <summary>Whether any character comes from the client.</summary>
    public bool HasClient => Array.Exists(_runs, run => run.Origin == Origin.Client);

    public static OriginText FromTemplate(string text) => Of(text, Origin.Template);

    public static OriginText FromClient(string text) => Of(text, Origin.Client);

    /// <summary>A text all of whose characters have one origin.</summary>
    public static OriginText Of(string text, Origin origin)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == 0 ? Empty : new OriginText(text, [new OriginRun(0, text.Length, origin)]);
    }

    /// <summary>The texts one behind the other, each character with its own origin.</summary>
    public static OriginText Concat(params ReadOnlySpan<OriginText> parts)
    {
        var builder = new OriginTextBuilder();
        foreach (var part in parts)
        {
            builder.Append(part);
        }

        return builder.ToOriginText();
    }

    /// <summary>The origin of the character at <paramref name="index"/>.</summary>
    public Origin OriginAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        return _runs[RunAt(index)].Origin;
    }

    /// <summary>Whether every character of the stretch comes from the template; an empty stretch does.</summary>
    public bool AllTemplate(int start, int length)
    {
        CheckStretch(start, length);
        if (length == 0)
        {
            return true;
        }

        // Runs are maximal: a stretch of one origin lies inside one run.
        var run = _runs[RunAt(start)];
        return run.Origin == Origin.Template && run.End >= start + length;
    }

    /// <summary>A part of the text, each character with its own origin.</summary>
    public OriginText Slice(int start, int length)
    {
        CheckStretch(start, length);
        if (length == 0)
        {
            return Empty;
        }

        if (length == Length)
        {
            return this;
        }

        var first = RunAt(start);
        var last = RunAt(start + length - 1);
        var runs = new OriginRun[last - first + 1];
        for (var i = first; i <= last; i++)
        {
            var from = Math.Max(_runs[i].Start, start);
            var to = Math.Min(_runs[i].End, start + length);
            runs[i - first] = new OriginRun(from - start, to - from, _runs[i].Origin);
        }

        return new OriginText(Text.Substring(start, length), runs);
    }

    public override string ToString() => Text;

    private int RunAt(int index)
    {
        int low = 0, high = _runs.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_runs[middle].Start <= index)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private void CheckStretch(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
    }
}

/// <summary>Builds an <see cref="OriginText"/> piece by piece; neighbours of one origin become one run.</summary>
public sealed class OriginTextBuilder
{
    private readonly StringBuilder _text = new();
    private readonly List<OriginRun> _runs = [];

    /// <summary>Number of UTF-16 code units so far.</summary>
    public int Length => _text.Length;

    public OriginTextBuilder Append(ReadOnlySpan<char> text, Origin origin)
    {
        if (text.Length > 0)
        {
            Extend(text.Length, origin);
            _text.Append(text);
        }

        return this;
    }

    public OriginTextBuilder Append(OriginText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var run in text.Runs)
        {
            Extend(run.Length, run.Origin, run.Start);
        }

        _text.Append(text.Text);
        return this;
    }

    public OriginText ToOriginText() =>
        _text.Length == 0 ? OriginText.Empty : new OriginText(_text.ToString(), [.. _runs]);

    private void Extend(int length, Origin origin, int ahead = 0)
    {
        if (_runs.Count > 0 && _runs[^1].Origin == origin)
        {
            _runs[^1] = _runs[^1] with { Length = _runs[^1].Length + length };
        }
        else
        {
            _runs.Add(new OriginRun(_text.Length + ahead, length, origin));
        }
    }
}
