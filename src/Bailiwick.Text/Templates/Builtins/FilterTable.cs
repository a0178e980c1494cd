using System.Collections.Frozen;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>The filters by name. A filter of jinja2 that is not here is refused when a template is parsed.</summary>
internal static class FilterTable
{
    private static readonly FrozenDictionary<string, Filter> Filters =
        TextFilters.All.Concat(NumberFilters.All).Concat(SequenceFilters.All).Concat(OrderFilters.All)
            .Concat(SelectionFilters.All).Concat(ValueFilters.All)
            .ToFrozenDictionary(StringComparer.Ordinal);

    public static Filter? Find(string name) => Filters.GetValueOrDefault(name);
}
