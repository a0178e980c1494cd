using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Bailiwick.Evidence;

/// <summary>Names of enum members as leaves write them: HostBound is host-bound. The list of members only grows.</summary>
internal static partial class WireNames<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> Names =
        Enum.GetValues<T>().ToFrozenDictionary(value => value, value => ToKebab(value.ToString()));

    private static readonly FrozenDictionary<string, T> Values =
        Names.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    public static string Of(T value) => Names[value];

    public static bool TryParse(string name, out T value) => Values.TryGetValue(name, out value);

    private static string ToKebab(string name) =>
        WordStart().Replace(name, match => "-" + match.Value).ToLowerInvariant();

    [GeneratedRegex("(?<=.)[A-Z]")]
    private static partial Regex WordStart();
}
