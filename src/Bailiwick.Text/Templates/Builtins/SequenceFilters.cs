using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Filters that count, list or pick from what can be iterated.</summary>
internal static class SequenceFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>
    {
        ["length"] = Length,
        ["count"] = Length,
        ["list"] = ToList,
        ["first"] = First,
        ["last"] = Last,
        ["join"] = Join,
        ["reverse"] = Reverse,
        ["items"] = Items,
        ["sum"] = Sum,
    };

    private static Value Length(Budget budget, Value input, Arguments arguments)
    {
        arguments.Bind("length");
        return Iteration.Length(input);
    }

    private static ListValue ToList(Budget budget, Value input, Arguments arguments)
    {
        arguments.Bind("list");
        return Iteration.ToList(input, budget);
    }

    private static Value First(Budget budget, Value input, Arguments arguments)
    {
        arguments.Bind("first");
        return Iteration.Of(input, budget).FirstOrDefault() ?? new UndefinedValue("No first item, sequence was empty.");
    }

    private static Value Last(Budget budget, Value input, Arguments arguments)
    {
        arguments.Bind("last");
        return Reversible(input, budget).LastOrDefault() ?? new UndefinedValue("No last item, sequence was empty.");
    }

    private static Value Reverse(Budget budget, Value input, Arguments arguments)
    {
        arguments.Bind("reverse");
        var reversed = Reversible(input, budget).Reverse().ToList();
        return input is TextValue text
            ? TextOperations.Join(TextValue.Empty, reversed.Cast<TextValue>(), budget)
            : new GeneratorValue(reversed);
    }

    private static IEnumerable<Value> Reversible(Value input, Budget budget)
    {
        if (input is TextValue text)
        {
            Arithmetic.RequirePlain(text);
        }

        return input is GeneratorValue
            ? throw new EvaluationError("'generator' object is not reversible")
            : Iteration.Of(input, budget);
    }

    private static TextValue Join(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("join", "d", "attribute");
        var separator = bound[0] is null ? TextValue.Empty : PythonText.Str(bound[0]!, budget);
        var items = Iteration.Of(input, budget);
        if (bound[1].Given() is { } attribute)
        {
            items = items.Select(new AttributePath(attribute, budget).Get);
        }

        return TextOperations.Join(separator, items.Select(item => PythonText.Str(item, budget)), budget);
    }

    /// <summary>A generator over the pairs, as in jinja2; nothing for an undefined value.</summary>
    private static GeneratorValue Items(Budget budget, Value input, Arguments arguments)
    {
        arguments.Bind("items");
        return new GeneratorValue(input switch
        {
            UndefinedValue => [],
            DictValue dict => dict.Pairs,
            _ => throw new EvaluationError("Can only get item pairs from a mapping."),
        });
    }

    private static Value Sum(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("sum", "attribute", "start");
        var total = bound[1] ?? IntValue.Of(0);
        if (total is TextValue)
        {
            throw new EvaluationError("sum() can't sum strings");
        }

        var items = Iteration.Of(input, budget);
        if (bound[0].Given() is { } attribute)
        {
            items = items.Select(new AttributePath(attribute, budget).Get);
        }

        return items.Aggregate(total, (sum, item) => Arithmetic.Apply("+", sum, item, budget));
    }
}
