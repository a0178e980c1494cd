using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Filters that compare items. Unless told otherwise they ignore case, as in jinja2; sorting is stable.</summary>
internal static class OrderFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>
    {
        ["sort"] = Sort,
        ["dictsort"] = DictSort,
        ["unique"] = Unique,
        ["min"] = (budget, input, arguments) => Extreme("min", -1, budget, input, arguments),
        ["max"] = (budget, input, arguments) => Extreme("max", 1, budget, input, arguments),
    };

    private static ListValue Sort(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("sort", "reverse", "case_sensitive", "attribute");
        var attribute = bound[2].Given();
        if (attribute is TextValue { Plain: var name } && name.Contains(',', StringComparison.Ordinal))
        {
            throw new EvaluationError("sort() by several attributes is not supported");
        }

        var key = Key(bound[1], attribute, budget);
        return new ListValue(Ordered(Iteration.Of(input, budget), key, bound[0]?.IsTrue ?? false, budget));
    }

    private static ListValue DictSort(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("dictsort", "case_sensitive", "by", "reverse");
        var by = bound[1]?.RequireText("dictsort").Plain ?? "key";
        if (by is not ("key" or "value"))
        {
            throw new EvaluationError("You can only sort by either \"key\" or \"value\"");
        }

        Lookup.RequireDefined(input);
        var dict = input as DictValue ?? throw new EvaluationError($"'{input.TypeName}' object has no attribute 'items'");
        var fold = Key(bound[0], null, budget);
        Value PairKey(Value pair) => fold(((TupleValue)pair).Items[by == "key" ? 0 : 1]);
        return new ListValue(Ordered(dict.Pairs, PairKey, bound[2]?.IsTrue ?? false, budget));
    }

    private static GeneratorValue Unique(Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind("unique", "case_sensitive", "attribute");
        var key = Key(bound[0], bound[1].Given(), budget);
        var seen = new HashSet<Value>(PythonEquality.Instance);
        return new GeneratorValue(Iteration.Of(input, budget).Where(item =>
        {
            var id = key(item);
            budget.Step(id.Size);
            PythonEquality.RequireHashable(id);
            return seen.Add(id);
        }));
    }

    private static Value Extreme(string name, int sign, Budget budget, Value input, Arguments arguments)
    {
        var bound = arguments.Bind(name, "case_sensitive", "attribute");
        var key = Key(bound[0], bound[1].Given(), budget);
        Value? best = null;
        foreach (var item in Iteration.Of(input, budget))
        {
            budget.Step(item.Size);
            if (best is null || sign * PythonOrder.Instance.Compare(key(item), key(best)) > 0)
            {
                best = item;
            }
        }

        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }

    private static Func<Value, Value> Key(Value? caseSensitive, Value? attribute, Budget budget)
    {
        var path = attribute is null ? null : new AttributePath(attribute, budget);
        var fold = caseSensitive?.IsTrue != true;
        return item =>
        {
            var part = path is null ? item : path.Get(item);
            return fold && part is TextValue text ? UnicodeCase.Lower(text.Text, budget) : part;
        };
    }

    private static IReadOnlyList<Value> Ordered(IEnumerable<Value> items, Func<Value, Value> key, bool descending, Budget budget)
    {
        var listed = items.ToList();
        // Comparisons: n log n.
        budget.Step(listed.Sum(item => item.Size) * (1 + (long)Math.Log2(listed.Count + 1)));
        var comparer = Comparer<Value>.Create((a, b) =>
            PythonEquality.Instance.Equals(a, b) ? 0 : PythonOrder.Instance.Compare(a, b));
        try
        {
            return [.. descending ? listed.OrderByDescending(key, comparer) : listed.OrderBy(key, comparer)];
        }
        catch (InvalidOperationException error) when (error.InnerException is EvaluationError inner)
        {
            throw new EvaluationError(inner.Message);
        }
    }
}
