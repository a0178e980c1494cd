using System.Globalization;
using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>How <c>json.dumps</c> is asked to write.</summary>
/// <param name="EscapeNonAscii">Write \uXXXX for what is not ASCII; transformers' default is to keep it.</param>
/// <param name="Indent">What one level adds to a line's start, or null for one line.</param>
/// <param name="ItemSeparator">Between items; Python's is ", ", and "," where lines are indented.</param>
/// <param name="KeySeparator">Between key and value; Python's is ": ".</param>
/// <param name="SortKeys">Keys in code point order instead of their own.</param>
internal sealed record JsonStyle(
    bool EscapeNonAscii, OriginText? Indent, OriginText ItemSeparator, OriginText KeySeparator, bool SortKeys);

/// <summary>
/// Python's <c>json.dumps</c>, each character with its origin: an escape sequence has the origin of the character that
/// it stands for, quotes and punctuation are the template's.
/// </summary>
internal sealed class JsonText(BoundedText sink, JsonStyle style)
{
    private static readonly OriginText LineFeed = OriginText.FromTemplate("\n");

    public void Append(Value value) => Append(value, 0);

    private void Append(Value value, int level)
    {
        switch (value)
        {
            case TextValue text:
                AppendQuoted(text.Text);
                break;
            case NoneValue:
                sink.Append("null");
                break;
            case BoolValue:
                sink.Append(value.IsTrue ? "true" : "false");
                break;
            case IntValue integer:
                sink.Append(integer.Number.ToString(CultureInfo.InvariantCulture), integer.Origin);
                break;
            case FloatValue real:
                sink.Append(FloatWord(real.Number), real.Origin);
                break;
            case ListValue or TupleValue:
                AppendList(((SequenceValue)value).Items, level);
                break;
            case DictValue dict:
                AppendDict(dict, level);
                break;
            default:
                throw new EvaluationError($"a value of type {value.TypeName} has no JSON form");
        }
    }

    private void AppendList(IReadOnlyList<Value> items, int level)
    {
        if (items.Count == 0)
        {
            sink.Append("[]");
            return;
        }

        sink.Append("[");
        for (var i = 0; i < items.Count; i++)
        {
            NextItem(i, level + 1);
            Append(items[i], level + 1);
        }

        NewLine(level);
        sink.Append("]");
    }

    private void AppendDict(DictValue dict, int level)
    {
        if (dict.Entries.Count == 0)
        {
            sink.Append("{}");
            return;
        }

        sink.Append("{");
        var entries = style.SortKeys ? dict.Entries.OrderBy(entry => entry.Key, PythonOrder.Instance) : dict.Entries.AsEnumerable();
        var i = 0;
        foreach (var (key, value) in entries)
        {
            NextItem(i++, level + 1);
            AppendKey(key);
            sink.Append(style.KeySeparator);
            Append(value, level + 1);
        }

        NewLine(level);
        sink.Append("}");
    }

    private void AppendKey(Value key)
    {
        if (key is TextValue text)
        {
            AppendQuoted(text.Text);
            return;
        }

        if (key is not (NoneValue or BoolValue or IntValue or FloatValue))
        {
            throw new EvaluationError($"a key of type {key.TypeName} has no JSON form");
        }

        sink.Append("\"");
        Append(key, 0);
        sink.Append("\"");
    }

    private void NextItem(int index, int level)
    {
        if (index > 0)
        {
            sink.Append(style.ItemSeparator);
        }

        NewLine(level);
    }

    private void NewLine(int level)
    {
        if (style.Indent is not null)
        {
            sink.Append(LineFeed).Repeat(style.Indent, level);
        }
    }

    private static string FloatWord(double number) => number switch
    {
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        _ => PythonFloat.Repr(number),
    };

    private void AppendQuoted(OriginText text)
    {
        sink.Append("\"");
        var copied = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (Escape(text.Text[i]) is { } escape)
            {
                sink.Append(text, copied, i - copied);
                sink.Append(escape, text.OriginAt(i));
                copied = i + 1;
            }
        }

        sink.Append(text, copied, text.Length - copied);
        sink.Append("\"");
    }

    private string? Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' => $"\\u{(int)c:x4}",
        > '\x7f' when style.EscapeNonAscii => $"\\u{(int)c:x4}",
        _ => null,
    };
}
