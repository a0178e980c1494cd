using System.Collections.Frozen;
using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>Methods of dict that change nothing.</summary>
internal static class DictMethods
{
    /// <summary>Methods that the immutable sandbox hides; like missing attributes they hide entries of the same name.</summary>
    public static readonly FrozenSet<string> Withheld =
        FrozenSet.ToFrozenSet(["clear", "copy", "fromkeys", "pop", "popitem", "setdefault", "update"], StringComparer.Ordinal);

    public static FrozenDictionary<string, Method> All { get; } = new Dictionary<string, Method>
    {
        ["get"] = Get,
        ["keys"] = (budget, subject, arguments) => View("dict_keys", ((DictValue)subject).Keys, budget, arguments),
        ["values"] = (budget, subject, arguments) =>
            View("dict_values", [.. ((DictValue)subject).Entries.Select(entry => entry.Value)], budget, arguments),
        ["items"] = (budget, subject, arguments) => View("dict_items", ((DictValue)subject).Pairs, budget, arguments),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static Value Get(Budget budget, Value subject, Arguments arguments)
    {
        arguments.RequireNoNames("get");
        var bound = arguments.Bind("get", "key", "default");
        return ((DictValue)subject).TryGet(bound[0].Required("get"), out var value) ? value : bound[1] ?? NoneValue.None;
    }

    private static DictViewValue View(string typeName, IReadOnlyList<Value> items, Budget budget, Arguments arguments)
    {
        arguments.Bind(typeName);
        budget.Step(items.Count);
        return new DictViewValue(typeName, items);
    }
}
