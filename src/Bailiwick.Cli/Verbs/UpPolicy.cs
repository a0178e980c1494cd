using Bailiwick.Residency;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;
using Bailiwick.Residency.Requests;

namespace Bailiwick.Cli.Verbs;

/// <summary>What a site takes from its policy: the boundary, the zone of this machine, and a label for the first key.</summary>
/// <param name="Jurisdiction">Of the zone; the boundary's.</param>
/// <param name="Zone">This machine's.</param>
/// <param name="Label">The first one that policy lets this machine serve and its callers read; else the first there is.</param>
/// <param name="IsServed">Whether policy lets anything be asked here under that label.</param>
internal sealed record UpPolicy(string Jurisdiction, string Zone, Label Label, bool IsServed)
{
    private const string Sample = "sample.yaml";

    /// <summary>Boundary and Orleans cluster id: the jurisdiction, as far as a cluster's name can hold it.</summary>
    public string Boundary => Jurisdiction.Replace('.', '-') is { Length: <= 63 } name ? name : Jurisdiction.Replace('.', '-')[..63];

    /// <summary>
    /// Reads the policy that is given, or else the site's own, or else the sample, and keeps it in the site. Nothing of the site is
    /// touched where it is refused.
    /// </summary>
    /// <param name="paths">The site.</param>
    /// <param name="given">File; null = none given.</param>
    /// <param name="zone">Zone of this machine; null = the policy's first.</param>
    /// <param name="now">Documents have their days.</param>
    /// <exception cref="CliException">The policy is refused, is older than the site's, or does not hold the zone.</exception>
    public static UpPolicy Take(SitePaths paths, string? given, string? zone, DateTimeOffset now)
    {
        var file = given ?? paths.Policy;
        var bytes = given is null && !File.Exists(paths.Policy) ? SampleBytes() : File.ReadAllBytes(file);
        var policy = Load(bytes, file);
        var taken = Of(policy, zone, now);
        if (given is not null && File.Exists(paths.Policy) && File.ReadAllBytes(paths.Policy) is var held && !held.AsSpan().SequenceEqual(bytes)
            && PolicyLoader.Load(held).Policy is { } before && before.Policy.Epoch >= policy.Policy.Epoch)
        {
            throw new CliException(
                $"This site's policy has epoch {before.Policy.Epoch}, {given} has {policy.Policy.Epoch}: silos take a changed policy only with a higher one. Raise it.",
                CliExit.Unsafe);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(paths.Policy)!);
        File.WriteAllBytes(paths.Policy, bytes);
        return taken;
    }

    private static UpPolicy Of(CompiledPolicy policy, string? zone, DateTimeOffset now)
    {
        var words = policy.Vocabulary;
        var place = zone is null ? 0 : words.Zones.IndexOf(zone);
        if (place < 0 || words.Zones.Count == 0)
        {
            throw new CliException($"--zone: '{zone}' is not in the policy; it has {string.Join(", ", words.Zones)}.", CliExit.NotFound);
        }

        var jurisdiction = words.JurisdictionOfZone(place);
        string[] tenants =
        [
            .. Enumerable.Range(0, words.Tenants.Count)
                .Where(at => words.Jurisdictions.Within(jurisdiction, words.HomeOfTenant(at))).Select(at => words.Tenants[at]),
        ];
        if (tenants.Length == 0)
        {
            throw new CliException($"No tenant of the policy may work in {words.Jurisdictions.Ids[jurisdiction]}, the jurisdiction of zone {words.Zones[place]}.");
        }

        var guard = new Guard(policy.InForce(now, []));
        List<Label> labels =
        [
            .. from tenant in tenants from @class in words.Classes from purpose in words.Purposes
               select new Label(words.Jurisdictions.Ids[jurisdiction], @class, purpose, tenant),
        ];
        var served = labels.Find(label => IsServed(guard, label, words.Zones[place]));
        return new UpPolicy(words.Jurisdictions.Ids[jurisdiction], words.Zones[place], served ?? labels[0], served is not null);

        // As a gateway sees it: callers by the network map that `up` writes, silos by their certificates.
        static bool IsServed(Guard guard, Label label, string zone) => guard.Admit("", new RequestFacts
        {
            Credential = label,
            Caller = Residency.Place.In(zone, Proof.Contract),
            Silos = [Residency.Place.In(zone, Proof.Certificate)],
        }).Payload is not null;
    }

    private static CompiledPolicy Load(byte[] bytes, string file)
    {
        var load = PolicyLoader.Load(bytes);
        return load.Policy ?? throw new CliException($"The policy is refused; `bailiwick policy check {file}` explains:\n"
            + string.Join('\n', load.Faults.Select(fault => $"  line {fault.Line}: {fault.Message}")));
    }

    private static byte[] SampleBytes()
    {
        using var sample = typeof(UpPolicy).Assembly.GetManifestResourceStream(Sample)!;
        using var bytes = new MemoryStream();
        sample.CopyTo(bytes);
        return bytes.ToArray();
    }
}
