using Bailiwick.Evidence.Storage;
using Bailiwick.Residency.Callers;
using Bailiwick.Residency.Decisions;
using Bailiwick.Silo.Turns;

namespace Bailiwick.Silo.Hosting;

/// <summary>Checks what only a gateway needs: where its callers sit, and the log that it writes.</summary>
internal static class DoorValidation
{
    public static NetworkMap? Networks(CallersOptions options, CompiledPolicy policy, List<string> faults)
    {
        var entries = options.Networks.Select(entry => new NetworkEntry(entry.Network ?? "", entry.Zone ?? ""));
        var map = NetworkMap.Create(entries, policy.Vocabulary.Zones, out var found);
        faults.AddRange(found.Select(fault => $"callers.networks: {fault}"));
        return map;
    }

    public static Dictionary<string, string> Neighbours(IList<NeighbourOptions> options, CompiledPolicy policy, List<string> faults)
    {
        var found = new Dictionary<string, string>();
        for (var index = 0; index < options.Count; index++)
        {
            var (jurisdiction, cluster) = (options[index].Jurisdiction, options[index].Cluster);
            if (!policy.Vocabulary.Jurisdictions.Ids.Contains(jurisdiction))
            {
                faults.Add($"neighbours[{index}].jurisdiction: '{jurisdiction}' is not in the policy.");
            }
            else if (cluster is not { Length: > 0 and <= 128 } || cluster.Any(character => character is <= ' ' or > '~'))
            {
                faults.Add($"neighbours[{index}].cluster: 1 to 128 visible ASCII characters are needed.");
            }
            else if (!found.TryAdd(jurisdiction!, cluster))
            {
                faults.Add($"neighbours[{index}].jurisdiction: '{jurisdiction}' stands twice.");
            }
        }

        return found;
    }

    public static IReadOnlyList<LimitModel> Limits(IList<LimitOptions> options, CompiledPolicy policy, List<string> faults)
    {
        for (var index = 0; index < options.Count; index++)
        {
            var (setting, limit) = ($"limits[{index}]", options[index]);
            if (!policy.Vocabulary.Tenants.Contains(limit.Tenant))
            {
                faults.Add($"{setting}.tenant: '{limit.Tenant}' is not in the policy.");
            }

            if (limit.Per is not ("tenant" or "key"))
            {
                faults.Add($"{setting}.per: tenant or key is needed.");
            }

            if (limit is { RequestsPerMinute: null, TokensPerMinute: null } or { RequestsPerMinute: < 1 or > 1_000_000 }
                or { TokensPerMinute: < 1 or > 1_000_000_000 })
            {
                faults.Add($"{setting}: requestsPerMinute (1 to 1000000), tokensPerMinute (1 to 1000000000) or both are needed.");
            }
        }

        faults.AddRange(options.GroupBy(limit => (limit.Tenant, limit.Per)).Where(group => group.Count() > 1)
            .Select(group => $"limits: '{group.Key.Tenant}' per {group.Key.Per} stands twice."));
        return [.. options.Select(limit => new LimitModel(limit.Tenant ?? "", limit.Per == "key", limit.RequestsPerMinute, limit.TokensPerMinute))];
    }

    public static LogModel? Log(LogOptions options, string? data, List<string> faults)
    {
        // No short cut: every missing value is reported.
        if (!(SiloValidation.Required(options.Origin, "log.origin", faults) & SiloValidation.Required(options.Key, "log.key", faults)))
        {
            return null;
        }

        if (!KeyFile.TryRead(options.Key!, out var key, out var fault))
        {
            faults.Add($"log.key: {fault}.");
            return null;
        }

        if (key.Key.Name != options.Origin)
        {
            faults.Add($"log.key: is the key of '{key.Key.Name}', not of log.origin '{options.Origin}'.");
            return null;
        }

        return new LogModel(options.Origin!, key, options.Published ?? Path.Combine(data ?? ".", "published"));
    }
}
