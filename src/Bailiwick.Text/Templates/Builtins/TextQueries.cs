using System.Collections.Frozen;
using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Methods of str that answer a question: places, counts and yes or no.</summary>
internal static class TextQueries
{
    public static FrozenDictionary<string, Method> All { get; } = new Dictionary<string, Method>
    {
        ["startswith"] = Affix("startswith", (text, part) => text.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = Affix("endswith", (text, part) => text.EndsWith(part, StringComparison.Ordinal)),
        ["find"] = Find("find", fromEnd: false, required: false),
        ["rfind"] = Find("rfind", fromEnd: true, required: false),
        ["index"] = Find("index", fromEnd: false, required: true),
        ["rindex"] = Find("rindex", fromEnd: true, required: true),
        ["count"] = Count,
        ["isspace"] = Is("isspace", CharacterClasses.IsAllSpace),
        ["isalpha"] = Is("isalpha", CharacterClasses.IsAllLetters),
        ["isdigit"] = Is("isdigit", CharacterClasses.IsAllDigits),
        ["isdecimal"] = Is("isdecimal", CharacterClasses.IsAllDecimal),
        ["isnumeric"] = Is("isnumeric", CharacterClasses.IsAllNumeric),
        ["isalnum"] = Is("isalnum", CharacterClasses.IsAllLettersOrNumbers),
        ["isupper"] = Is("isupper", text => CharacterClasses.IsAllCase(text, upper: true)),
        ["islower"] = Is("islower", text => CharacterClasses.IsAllCase(text, upper: false)),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static Method Is(string name, Func<string, bool> holds) => (budget, subject, arguments) =>
    {
        arguments.Bind(name);
        return Value.Of(holds(TextMethods.Subject(budget, subject).Plain));
    };

    /// <summary>One text, or a tuple of which any may match; then optionally the stretch to look at.</summary>
    private static Method Affix(string name, Func<string, string, bool> matches) => (budget, subject, arguments) =>
    {
        arguments.RequireNoNames(name);
        var bound = arguments.Bind(name, "affix", "start", "end");
        var (text, _) = Stretch(budget, subject, bound[1], bound[2]);
        return Value.Of(bound[0] is TupleValue tuple
            ? tuple.Items.Any(item => matches(text, item.RequireText(name).Plain))
            : matches(text, bound[0].RequireText(name).Plain));
    };

    private static Method Find(string name, bool fromEnd, bool required) => (budget, subject, arguments) =>
    {
        arguments.RequireNoNames(name);
        var bound = arguments.Bind(name, "sub", "start", "end");
        var part = bound[0].RequireText(name).Plain;
        var (text, skipped) = Stretch(budget, subject, bound[1], bound[2]);
        budget.Search(text.Length, part.Length);
        var at = fromEnd ? text.LastIndexOf(part, StringComparison.Ordinal) : text.IndexOf(part, StringComparison.Ordinal);
        if (at < 0 && required)
        {
            throw new EvaluationError("substring not found");
        }

        return Derived(subject, at < 0 ? -1 : skipped + CodePoints.Before(text, at));
    };

    private static IntValue Count(Budget budget, Value subject, Arguments arguments)
    {
        arguments.RequireNoNames("count");
        var bound = arguments.Bind("count", "sub", "start", "end");
        var part = bound[0].RequireText("count").Plain;
        var (text, _) = Stretch(budget, subject, bound[1], bound[2]);
        budget.Search(text.Length, part.Length);
        return Derived(subject, TextOperations.Occurrences(text, part).Count());
    }

    private static (string Text, int Skipped) Stretch(Budget budget, Value subject, Value? start, Value? end)
    {
        var text = TextMethods.Subject(budget, subject);
        if (start.Given() is null && end.Given() is null)
        {
            return (text.Plain, 0);
        }

        var slice = (TextValue)Lookup.Slice(text, start ?? NoneValue.None, end ?? NoneValue.None, NoneValue.None);
        var count = CodePoints.Count(text.Plain);
        var from = start.Given().IndexOr(0, "find");
        return (slice.Plain, Math.Clamp(from < 0 ? from + count : from, 0, count));
    }

    /// <summary>A number that depends on a client's text is the client's choice.</summary>
    private static IntValue Derived(Value subject, int number) =>
        IntValue.Of(number, ((TextValue)subject).Text.HasClient ? Origin.Client : Origin.Template);
}
