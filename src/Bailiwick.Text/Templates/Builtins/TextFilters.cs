using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Filters over one text. As in jinja2 their input may be anything and is turned into text first.</summary>
internal static class TextFilters
{
    private static readonly TextValue Newline = TextValue.Template("\n");

    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>
    {
        ["string"] = (budget, input, arguments) => Bare("string", arguments, PythonText.Str(input, budget)),
        ["safe"] = (budget, input, arguments) =>
            Bare("safe", arguments, new TextValue(PythonText.Str(input, budget).Text, markedSafe: true)),
        ["upper"] = Case("upper", UnicodeCase.Upper),
        ["lower"] = Case("lower", UnicodeCase.Lower),
        ["capitalize"] = Case("capitalize", UnicodeCase.Capitalize),
        ["title"] = Title,
        ["trim"] = Trim,
        ["replace"] = Replace,
        ["indent"] = Indent,
        ["center"] = Center,
        ["format"] = Format,
        ["wordcount"] = WordCount,
    };

    private static TextValue Text(Budget budget, Value input) => Arithmetic.RequirePlain(PythonText.Str(input, budget));

    private static TextValue Bare(string name, Arguments arguments, TextValue result)
    {
        arguments.Bind(name);
        return result;
    }

    private static Filter Case(string name, Func<OriginText, Budget, TextValue> map) => (budget, input, arguments) =>
        Bare(name, arguments, map(Text(budget, input).Text, budget));

    private static TextValue Center(Budget budget, Value input, Arguments arguments)
    {
        var width = arguments.Bind("center", "width")[0].IndexOr(80, "center");
        return TextPadding.Center(budget, Text(budget, input), width, TextValue.Template(" "));
    }

    private static TextValue Trim(Budget budget, Value input, Arguments arguments)
    {
        var characters = arguments.Bind("trim", "chars")[0].Given();
        return TextOperations.Strip(Text(budget, input), characters?.RequireText("trim").Plain, atStart: true, atEnd: true);
    }

    private static TextValue Replace(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("replace", "old", "new", "count");
        var old = Text(budget, bound[0].Required("replace"));
        var replacement = Text(budget, bound[1].Required("replace"));
        return TextOperations.Replace(Text(budget, input), old.Plain, replacement, bound[2].Given().IndexOr(-1, "replace"), budget);
    }

    private static TextValue Indent(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("indent", "width", "first", "blank");
        var indentation = bound[0] is TextValue given
            ? Arithmetic.RequirePlain(given)
            : new BoundedText(budget).Repeat(OriginText.FromTemplate(" "), bound[0].IndexOr(4, "indent")).ToValue();
        var withBlank = bound[2]?.IsTrue ?? false;
        // jinja2 adds a line feed first, so that a text that ends in one keeps it.
        var ended = new TextValue(OriginText.Concat(input.RequireText("indent").Text, Newline.Text));
        var lines = TextOperations.SplitLines(ended, keepEnds: false);
        var sink = new BoundedText(budget);
        for (var i = 0; i < lines.Count; i++)
        {
            sink.Append(i == 0 ? "" : "\n");
            var indented = i == 0 ? bound[1]?.IsTrue ?? false : withBlank || lines[i].IsTrue;
            sink.Append(indented ? indentation.Text : OriginText.Empty).Append(lines[i].Text);
        }

        return sink.ToValue();
    }

    /// <summary>jinja2's own: a word starts behind white space or one of -([{&lt;.</summary>
    private static TextValue Title(Budget budget, Value input, Arguments arguments)
    {
        arguments.Bind("title");
        var text = Text(budget, input);
        var sink = new BoundedText(budget);
        var atStart = true;
        var from = 0;
        for (var at = 0; at <= text.Plain.Length; at++)
        {
            var isBorder = at == text.Plain.Length || CodePoints.IsSpace(text.Plain[at]) ||
                "-([{<".Contains(text.Plain[at], StringComparison.Ordinal);
            if (isBorder == atStart && at < text.Plain.Length)
            {
                continue;
            }

            AppendTitled(sink, text.Slice(from, at - from), budget);
            from = at;
            atStart = isBorder;
        }

        return sink.ToValue();
    }

    private static void AppendTitled(BoundedText sink, TextValue piece, Budget budget)
    {
        if (piece.IsTrue)
        {
            var first = char.IsHighSurrogate(piece.Plain[0]) && piece.Plain.Length > 1 ? 2 : 1;
            sink.Append(UnicodeCase.Upper(piece.Text.Slice(0, first), budget).Text);
            sink.Append(UnicodeCase.Lower(piece.Text.Slice(first, piece.Plain.Length - first), budget).Text);
        }
    }

    private static TextValue Format(Budget budget, Value input, Arguments arguments)
    {
        if (arguments.Positional.Count > 0 && arguments.Named.Count > 0)
        {
            throw new EvaluationError("format takes positional or named arguments, not both");
        }

        Value values = arguments.Named.Count == 0
            ? new TupleValue(arguments.Positional)
            : new DictValue(arguments.Named.Select(named => named.Entry));
        return PercentFormat.Apply(Text(budget, input), values, budget);
    }

    private static IntValue WordCount(Budget budget, Value input, Arguments arguments)
    {
        arguments.Bind("wordcount");
        var text = Text(budget, input);
        var count = 0;
        var inWord = false;
        foreach (var c in text.Plain)
        {
            var isWord = char.IsLetterOrDigit(c) || c == '_' || char.IsSurrogate(c);
            count += isWord && !inWord ? 1 : 0;
            inWord = isWord;
        }

        return IntValue.Of(count, text.Text.HasClient ? Origin.Client : Origin.Template);
    }
}
