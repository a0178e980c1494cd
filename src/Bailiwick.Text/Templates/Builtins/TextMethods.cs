using System.Collections.Frozen;
using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Methods of str that give text.</summary>
internal static class TextMethods
{
    private static readonly TextValue Blank = TextValue.Template(" ");

    public static FrozenDictionary<string, Method> All { get; } = new Dictionary<string, Method>
    {
        ["strip"] = (budget, subject, arguments) => Strip("strip", budget, subject, arguments, atStart: true, atEnd: true),
        ["lstrip"] = (budget, subject, arguments) => Strip("lstrip", budget, subject, arguments, atStart: true, atEnd: false),
        ["rstrip"] = (budget, subject, arguments) => Strip("rstrip", budget, subject, arguments, atStart: false, atEnd: true),
        ["split"] = (budget, subject, arguments) => Split("split", budget, subject, arguments),
        ["rsplit"] = (budget, subject, arguments) => Split("rsplit", budget, subject, arguments),
        ["splitlines"] = SplitLines,
        ["partition"] = (budget, subject, arguments) => Partition("partition", budget, subject, arguments),
        ["rpartition"] = (budget, subject, arguments) => Partition("rpartition", budget, subject, arguments),
        ["replace"] = Replace,
        ["removeprefix"] = RemovePrefix,
        ["removesuffix"] = RemoveSuffix,
        ["join"] = Join,
        ["upper"] = Case("upper", UnicodeCase.Upper),
        ["lower"] = Case("lower", UnicodeCase.Lower),
        ["title"] = Case("title", UnicodeCase.Title),
        ["capitalize"] = Case("capitalize", UnicodeCase.Capitalize),
        ["swapcase"] = Case("swapcase", UnicodeCase.Swap),
        ["center"] = Pad("center", TextPadding.Center),
        ["ljust"] = Pad("ljust", TextPadding.Left),
        ["rjust"] = Pad("rjust", TextPadding.Right),
        ["zfill"] = (budget, subject, arguments) =>
            TextPadding.Zeros(budget, Subject(budget, subject), arguments.Bind("zfill", "width")[0].Required("zfill").IndexOr(0, "zfill")),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The text that a method is called on, its length paid for.</summary>
    public static TextValue Subject(Budget budget, Value subject)
    {
        var text = Arithmetic.RequirePlain((TextValue)subject);
        budget.Text(text.Plain.Length);
        return text;
    }

    private static Method Case(string name, Func<OriginText, Budget, TextValue> map) => (budget, subject, arguments) =>
    {
        arguments.Bind(name);
        return map(Subject(budget, subject).Text, budget);
    };

    private static Method Pad(string name, Func<Budget, TextValue, int, TextValue, TextValue> pad) => (budget, subject, arguments) =>
    {
        arguments.RequireNoNames(name);
        var bound = arguments.Bind(name, "width", "fillchar");
        var width = bound[0].Required(name).IndexOr(0, name);
        return pad(budget, Subject(budget, subject), width, bound[1]?.RequireText(name) ?? Blank);
    };

    private static TextValue Strip(string name, Budget budget, Value subject, Arguments arguments, bool atStart, bool atEnd)
    {
        arguments.RequireNoNames(name);
        var characters = arguments.Bind(name, "chars")[0].Given()?.RequireText(name).Plain;
        return TextOperations.Strip(Subject(budget, subject), characters, atStart, atEnd);
    }

    private static ListValue Split(string name, Budget budget, Value subject, Arguments arguments)
    {
        var bound = arguments.Bind(name, "sep", "maxsplit");
        var text = Subject(budget, subject);
        var limit = bound[1].IndexOr(-1, name);
        var separator = bound[0].Given()?.RequireText(name).Plain;
        if (separator is null && name == "rsplit" && limit >= 0)
        {
            throw new EvaluationError("rsplit() at white space with a limit is not supported");
        }

        var parts = separator is null ? TextOperations.SplitAtSpace(text, limit)
            : name == "split" ? TextOperations.Split(text, separator, limit, budget)
            : TextOperations.SplitFromEnd(text, separator, limit, budget);
        budget.Step(parts.Count);
        return new ListValue(parts);
    }

    private static ListValue SplitLines(Budget budget, Value subject, Arguments arguments)
    {
        var keepEnds = arguments.Bind("splitlines", "keepends")[0]?.IsTrue ?? false;
        var lines = TextOperations.SplitLines(Subject(budget, subject), keepEnds);
        budget.Step(lines.Count);
        return new ListValue(lines);
    }

    private static TupleValue Partition(string name, Budget budget, Value subject, Arguments arguments)
    {
        arguments.RequireNoNames(name);
        var text = Subject(budget, subject);
        var separator = arguments.Bind(name, "sep")[0].RequireText(name);
        var parts = name == "partition"
            ? TextOperations.Split(text, separator.Plain, 1, budget)
            : TextOperations.SplitFromEnd(text, separator.Plain, 1, budget);
        return parts.Count == 2 ? new TupleValue([parts[0], separator, parts[1]])
            : name == "partition" ? new TupleValue([text, TextValue.Empty, TextValue.Empty])
            : new TupleValue([TextValue.Empty, TextValue.Empty, text]);
    }

    private static TextValue Replace(Budget budget, Value subject, Arguments arguments)
    {
        arguments.RequireNoNames("replace");
        var bound = arguments.Bind("replace", "old", "new", "count");
        return TextOperations.Replace(
            Subject(budget, subject),
            bound[0].RequireText("replace").Plain,
            bound[1].RequireText("replace"),
            bound[2].IndexOr(-1, "replace"),
            budget);
    }

    private static TextValue RemovePrefix(Budget budget, Value subject, Arguments arguments)
    {
        var text = Subject(budget, subject);
        var prefix = arguments.Bind("removeprefix", "prefix")[0].RequireText("removeprefix").Plain;
        return text.Plain.StartsWith(prefix, StringComparison.Ordinal)
            ? text.Slice(prefix.Length, text.Plain.Length - prefix.Length)
            : text;
    }

    private static TextValue RemoveSuffix(Budget budget, Value subject, Arguments arguments)
    {
        var text = Subject(budget, subject);
        var suffix = arguments.Bind("removesuffix", "suffix")[0].RequireText("removesuffix").Plain;
        return text.Plain.EndsWith(suffix, StringComparison.Ordinal) ? text.Slice(0, text.Plain.Length - suffix.Length) : text;
    }

    private static TextValue Join(Budget budget, Value subject, Arguments arguments)
    {
        arguments.RequireNoNames("join");
        var items = Iteration.Of(arguments.Bind("join", "iterable")[0].Required("join"), budget);
        return TextOperations.Join(Subject(budget, subject), items.Select(item => item.RequireText("join")), budget);
    }
}
