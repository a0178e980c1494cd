using System.Globalization;
using System.Text;
using Bailiwick.Text.Templates.Evaluation;

namespace Bailiwick.Text.Templates.Values;

/// <summary>Python's <c>str()</c> and <c>repr()</c>, each character with its origin; punctuation is the template's.</summary>
internal static class PythonText
{
    public static TextValue Str(Value value, Budget budget)
    {
        if (value is TextValue text)
        {
            return text;
        }

        var sink = new BoundedText(budget);
        AppendStr(sink, value);
        return sink.ToValue();
    }

    public static void AppendStr(BoundedText sink, Value value)
    {
        switch (value)
        {
            case TextValue text:
                sink.Append(text.Text);
                break;
            case UndefinedValue:
                break;
            default:
                AppendRepr(sink, value);
                break;
        }
    }

    public static void AppendRepr(BoundedText sink, Value value)
    {
        switch (value)
        {
            case TextValue text:
                AppendQuoted(sink, text.Text);
                break;
            case NoneValue:
                sink.Append("None");
                break;
            case BoolValue:
                sink.Append(value.IsTrue ? "True" : "False");
                break;
            case IntValue integer:
                sink.Append(integer.Number.ToString(CultureInfo.InvariantCulture), integer.Origin);
                break;
            case FloatValue real:
                sink.Append(PythonFloat.Repr(real.Number), real.Origin);
                break;
            case UndefinedValue:
                sink.Append("Undefined");
                break;
            case TupleValue { Items.Count: 1 } tuple:
                AppendItems(sink, "(", tuple.Items, ",)");
                break;
            case TupleValue tuple:
                AppendItems(sink, "(", tuple.Items, ")");
                break;
            case ListValue list:
                AppendItems(sink, "[", list.Items, "]");
                break;
            case DictViewValue view:
                AppendItems(sink, view.TypeName + "([", view.Items, "])");
                break;
            case DictValue dict:
                AppendEntries(sink, dict);
                break;
            default:
                throw new EvaluationError($"a {value.TypeName} cannot be turned into text");
        }
    }

    private static void AppendItems(BoundedText sink, string open, IReadOnlyList<Value> items, string close)
    {
        sink.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            sink.Append(i == 0 ? "" : ", ");
            AppendRepr(sink, items[i]);
        }

        sink.Append(close);
    }

    private static void AppendEntries(BoundedText sink, DictValue dict)
    {
        sink.Append("{");
        for (var i = 0; i < dict.Entries.Count; i++)
        {
            sink.Append(i == 0 ? "" : ", ");
            AppendRepr(sink, dict.Entries[i].Key);
            sink.Append(": ");
            AppendRepr(sink, dict.Entries[i].Value);
        }

        sink.Append("}");
    }

    private static void AppendQuoted(BoundedText sink, OriginText text)
    {
        var plain = text.Text;
        var quote = plain.Contains('\'', StringComparison.Ordinal) && !plain.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        sink.Append([quote]);
        var copied = 0;
        for (var i = 0; i < plain.Length;)
        {
            _ = Rune.DecodeFromUtf16(plain.AsSpan(i), out var rune, out var width);
            if (Escape(rune, quote) is { } escape)
            {
                sink.Append(text, copied, i - copied);
                sink.Append(escape, text.OriginAt(i));
                copied = i + width;
            }

            i += width;
        }

        sink.Append(text, copied, plain.Length - copied);
        sink.Append([quote]);
    }

    private static string? Escape(Rune rune, char quote) => rune.Value switch
    {
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ when rune.Value == quote => "\\" + quote,
        _ when IsPrintable(rune) => null,
        <= 0xFF => $"\\x{rune.Value:x2}",
        <= 0xFFFF => $"\\u{rune.Value:x4}",
        _ => $"\\U{rune.Value:x8}",
    };

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or
        UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or
        UnicodeCategory.SpaceSeparator);
}
