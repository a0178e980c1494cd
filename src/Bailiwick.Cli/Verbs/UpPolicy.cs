using Bailiwick.Residency.Loading;

namespace Bailiwick.Cli.Verbs;

/// <summary>What a site takes from its policy: the boundary, the zone of this machine, and a label for the first key.</summary>
internal sealed record UpPolicy(string Jurisdiction, string Zone, string Class, string Purpose, string Tenant)
{
    private const string Sample = "sample.yaml";

    /// <summary>Boundary and Orleans cluster id: the jurisdiction, as far as a cluster's name can hold it.</summary>
    public string Boundary => Jurisdiction.Replace('.', '-') is { Length: <= 63 } name ? name : Jurisdiction.Replace('.', '-')[..63];

    /// <summary>Copies the policy into the site, the sample where none is given; another one replaces it.</summary>
    public static void Place(SitePaths paths, string? given)
    {
        if (given is not null)
        {
            File.Copy(given, paths.Policy, overwrite: true);
        }
        else if (!File.Exists(paths.Policy))
        {
            using var sample = typeof(UpPolicy).Assembly.GetManifestResourceStream(Sample)!;
            using var file = File.Create(paths.Policy);
            sample.CopyTo(file);
        }
    }

    /// <param name="file">The policy.</param>
    /// <param name="zone">Zone of this machine; null = the policy's first.</param>
    /// <exception cref="CliException">The policy is refused, or does not hold the zone.</exception>
    public static UpPolicy Read(string file, string? zone)
    {
        var load = PolicyLoader.Load(File.ReadAllBytes(file));
        if (load.Policy is not { } policy)
        {
            throw new CliException($"The policy is refused; `bailiwick policy check {file}` explains:\n"
                + string.Join('\n', load.Faults.Select(fault => $"  line {fault.Line}: {fault.Message}")));
        }

        var words = policy.Vocabulary;
        var place = zone is null ? 0 : words.Zones.IndexOf(zone);
        if (place < 0 || words.Zones.Count == 0)
        {
            throw new CliException($"--zone: '{zone}' is not in the policy; it has {string.Join(", ", words.Zones)}.", CliExit.NotFound);
        }

        var jurisdiction = words.JurisdictionOfZone(place);
        var tenant = Enumerable.Range(0, words.Tenants.Count).Cast<int?>()
            .FirstOrDefault(at => words.Jurisdictions.Within(jurisdiction, words.HomeOfTenant(at!.Value)))
            ?? throw new CliException($"No tenant of the policy may work in {words.Jurisdictions.Ids[jurisdiction]}, the jurisdiction of zone {words.Zones[place]}.");
        return new UpPolicy(
            words.Jurisdictions.Ids[jurisdiction], words.Zones[place], words.Classes[0], words.Purposes[0], words.Tenants[tenant]);
    }
}
