using System.Collections.Frozen;
using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Methods of list, tuple and range that change nothing.</summary>
internal static class SequenceMethods
{
    public static FrozenDictionary<string, Method> All { get; } = new Dictionary<string, Method>
    {
        ["count"] = (budget, subject, arguments) => IntValue.Of(Matches("count", budget, subject, arguments).Count()),
        ["index"] = (budget, subject, arguments) =>
            Matches("index", budget, subject, arguments).Select(at => IntValue.Of(at)).FirstOrDefault()
            ?? throw new EvaluationError("the value is not in the list"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static IEnumerable<int> Matches(string name, Budget budget, Value subject, Arguments arguments)
    {
        arguments.RequireNoNames(name);
        var wanted = arguments.Bind(name, "value")[0].Required(name);
        var items = ((SequenceValue)subject).Items;
        return Enumerable.Range(0, items.Count).Where(at => Comparison.Holds("==", items[at], wanted, budget));
    }
}
