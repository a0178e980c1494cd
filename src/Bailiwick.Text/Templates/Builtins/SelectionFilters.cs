using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Filters that apply a named filter or test to each item. They give generators, as in jinja2.</summary>
internal static class SelectionFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>
    {
        ["map"] = Map,
        ["select"] = (budget, input, arguments) => Choose(budget, input, arguments, keep: true, byAttribute: false),
        ["reject"] = (budget, input, arguments) => Choose(budget, input, arguments, keep: false, byAttribute: false),
        ["selectattr"] = (budget, input, arguments) => Choose(budget, input, arguments, keep: true, byAttribute: true),
        ["rejectattr"] = (budget, input, arguments) => Choose(budget, input, arguments, keep: false, byAttribute: true),
    };

    private static GeneratorValue Map(Budget budget, Value input, Arguments arguments)
    {
        var items = Iteration.Of(input, budget);
        if (arguments.Positional.Count == 0)
        {
            var bound = arguments.Bind("map", "attribute", "default");
            var path = new AttributePath(bound[0].Required("map"), budget, bound[1].Given());
            return new GeneratorValue(items.Select(path.Get));
        }

        var name = arguments.Positional[0].RequireText("map").Plain;
        var filter = FilterTable.Find(name) ?? throw new EvaluationError("map() names a filter that does not exist");
        var rest = arguments with { Positional = [.. arguments.Positional.Skip(1)] };
        return new GeneratorValue(items.Select(item => filter(budget, item, rest)));
    }

    private static GeneratorValue Choose(Budget budget, Value input, Arguments arguments, bool keep, bool byAttribute)
    {
        var given = arguments.Positional;
        var path = byAttribute ? new AttributePath(given.ElementAtOrDefault(0).Required("selectattr"), budget) : null;
        var from = byAttribute ? 1 : 0;
        Test test = (_, value, _) => value.IsTrue;
        if (given.Count > from)
        {
            test = TestTable.Find(given[from].RequireText("select").Plain)
                ?? throw new EvaluationError("select() names a test that does not exist");
        }

        var rest = arguments with { Positional = [.. given.Skip(from + 1)] };
        return new GeneratorValue(Iteration.Of(input, budget).Where(item =>
            test(budget, path is null ? item : path.Get(item), rest) == keep));
    }
}
