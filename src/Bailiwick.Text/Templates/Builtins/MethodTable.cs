using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>The methods of values by name. A call of any other name is refused when a template is parsed.</summary>
internal static class MethodTable
{
    public static Method? Find(Value subject, string name) => subject switch
    {
        TextValue => TextMethods.All.GetValueOrDefault(name) ?? TextQueries.All.GetValueOrDefault(name),
        DictValue => DictMethods.All.GetValueOrDefault(name),
        ListValue or TupleValue or RangeValue => SequenceMethods.All.GetValueOrDefault(name),
        _ => null,
    };

    /// <summary>Whether a value of any type has it.</summary>
    public static bool Exists(string name) =>
        TextMethods.All.ContainsKey(name) || TextQueries.All.ContainsKey(name) || DictMethods.All.ContainsKey(name) ||
        SequenceMethods.All.ContainsKey(name) || name is "cycle" or "changed";
}
