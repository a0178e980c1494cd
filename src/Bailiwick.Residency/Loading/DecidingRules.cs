using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Policies;

namespace Bailiwick.Residency.Loading;

/// <summary>
/// Whether a record can name the rules that decide a request. A record has bounds (leaf.schema.json), one that does not fit refuses its
/// request, and a policy that would do so is refused before. A request has one tenant and is decided for several places and two labels:
/// whatever may speak about its tenant counts, in force or not.
/// </summary>
internal static class DecidingRules
{
    /// <summary>Rules of one effect. A record's list holds 1,024 ids; a denial also names built-in reasons.</summary>
    public const int Most = 1000;

    /// <summary>Bytes of the ids of both effects, as they stand in a list. A record has 65,535 bytes; what else it says takes a few thousand.</summary>
    public const int MostBytes = 48 * 1024;

    /// <summary>Quotes and comma.</summary>
    private const int Around = 3;

    /// <summary>The fault at the first rule that is one too many for a tenant; null where there is none.</summary>
    /// <param name="policy">Without any other fault.</param>
    /// <param name="root">What it was read from.</param>
    public static PolicyFault? Fault(Policy policy, YamlNode root)
    {
        var tenants = policy.Vocabulary.Tenants;
        var met = new (int Allows, int Denials, int Bytes)[tenants.Count];
        for (var d = 0; d < policy.Documents.Count; d++)
        {
            for (var r = 0; r < policy.Documents[d].Rules.Count; r++)
            {
                var rule = policy.Documents[d].Rules[r];
                var spoken = ConditionSets.Of(rule.Label.Tenant, tenants);
                for (var t = 0; t < spoken.Length; t++)
                {
                    if (spoken[t] && Add(ref met[t], rule) is { } bound)
                    {
                        return new PolicyFault(
                            FaultCodes.TooManyRules, $"/documents/{d}/rules/{r}", LineOf(root, d, r),
                            $"This is one too many for a record to name all that can decide one request of tenant '{tenants[t]}': {bound}.");
                    }
                }
            }
        }

        return null;
    }

    /// <returns>The bound that the rule breaks, in words.</returns>
    private static string? Add(ref (int Allows, int Denials, int Bytes) met, Rule rule)
    {
        met.Bytes += rule.Id.Length + Around;
        var same = rule.Effect is Effect.Allow ? ++met.Allows : ++met.Denials;
        return same > Most ? $"at most {Most} rules of one effect"
            : met.Bytes > MostBytes ? $"at most {MostBytes} bytes of ids, with {Around} for each"
            : null;
    }

    private static long LineOf(YamlNode root, int document, int rule) =>
        Item(Item(root, "documents", document), "rules", rule).Line;

    private static YamlNode Item(YamlNode map, string list, int index) => ((YamlList)((YamlMap)map).Fields[list]).Items[index];
}
