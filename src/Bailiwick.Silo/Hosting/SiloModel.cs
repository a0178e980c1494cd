using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Bailiwick.Residency.Decisions;
using Bailiwick.Residency.Loading;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Silo.Hosting;

/// <summary>A silo's settings, validated and immutable: what <see cref="SiloOptions"/> said, and what its files hold.</summary>
internal sealed partial record SiloModel(
    SiloOptions Options, ZoneCertificate Identity, X509Certificate2 Certificate, X509Certificate2 Authority, CompiledPolicy Policy)
{
    private static readonly string[] KnownRoles = ["gateway", "worker"];

    public string ClusterId => Options.Boundary!;

    public bool IsGateway => Options.Roles.Contains("gateway");

    public bool IsWorker => Options.Roles.Contains("worker");

    /// <summary>Checks everything and reports every fault at once; the model is null when there is any.</summary>
    public static (SiloModel? Model, IReadOnlyList<string> Faults) Validate(SiloOptions options, DateTimeOffset now)
    {
        var faults = new List<string>();
        CheckWords(options, faults);
        CheckListen(options.Listen, faults);
        CheckDatabase(options, faults);
        CheckDecoders(options, faults);
        var policy = LoadPolicy(options.Policy, faults);
        var identity = LoadCertificate(options.Certificate, now, faults, out var certificate, out var authority);
        if (policy is not null)
        {
            CheckBoundary(options, policy, faults);
        }

        if (identity is not null)
        {
            CheckIdentity(options, identity, faults);
        }

        return faults.Count == 0 ? (new SiloModel(options, identity!, certificate!, authority!, policy!), []) : (null, faults);
    }

    private static void CheckWords(SiloOptions options, List<string> faults)
    {
        if (options.Boundary is null || !Word().IsMatch(options.Boundary))
        {
            faults.Add("boundary: 1 to 63 characters of a-z, 0-9 and '-' are needed.");
        }

        if (options.Roles.Count == 0 || options.Roles.Distinct().Count() != options.Roles.Count || !options.Roles.All(KnownRoles.Contains))
        {
            faults.Add("roles: one or both of gateway, worker are needed.");
        }

        Required(options.Node, "node", faults);
        Required(options.Data, "data", faults);
    }

    private static void CheckListen(ListenOptions listen, List<string> faults)
    {
        if (!IPAddress.TryParse(listen.Address, out var address) || !IPAddress.IsLoopback(address))
        {
            faults.Add($"listen.address: {listen.Address} is not a loopback address; until mutual TLS is in, silos listen on loopback only.");
        }

        var ports = new (string Name, int Port, bool Optional)[]
        {
            ("listen.silo", listen.Silo, false), ("listen.grpc", listen.Grpc, true), ("listen.http", listen.Http, true),
            ("listen.operations", listen.Operations, false),
        };
        foreach (var (name, port, optional) in ports)
        {
            if (port > 65535 || port < (optional ? 0 : 1))
            {
                faults.Add($"{name}: {port} is not a port.");
            }
        }

        faults.AddRange(ports.Where(entry => entry.Port > 0).GroupBy(entry => entry.Port).Where(group => group.Count() > 1)
            .Select(group => $"{string.Join(" and ", group.Select(entry => entry.Name))}: both are {group.Key}."));
    }

    private static void CheckDatabase(SiloOptions options, List<string> faults)
    {
        Required(options.Database.Application, "database.application", faults);
        Required(options.Database.Intake, "database.intake", faults);
        if (options.Roles.Contains("gateway"))
        {
            Required(options.Database.Sequencer, "database.sequencer", faults);
        }
    }

    private static void CheckDecoders(SiloOptions options, List<string> faults)
    {
        if (options.Roles.Contains("worker"))
        {
            Required(options.Decoders.Store, "decoders.store", faults);
        }

        if (options.Decoders.Threads is < 1 or > 512)
        {
            faults.Add($"decoders.threads: {options.Decoders.Threads} must lie between 1 and 512.");
        }

        if (options.Decoders.KvBlocks is < 0 or > 1_000_000)
        {
            faults.Add($"decoders.kvBlocks: {options.Decoders.KvBlocks} must lie between 0 and 1000000.");
        }
    }

    private static CompiledPolicy? LoadPolicy(string? file, List<string> faults)
    {
        if (!Required(file, "policy", faults))
        {
            return null;
        }

        try
        {
            var load = PolicyLoader.Load(File.ReadAllBytes(file!));
            faults.AddRange(load.Faults.Select(fault => $"policy: {Path.GetFileName(file)}, line {fault.Line}: {fault.Message}"));
            return load.Policy;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            faults.Add($"policy: {problem.Message}");
            return null;
        }
    }

    private static ZoneCertificate? LoadCertificate(
        CertificateOptions options, DateTimeOffset now, List<string> faults, out X509Certificate2? certificate, out X509Certificate2? authority)
    {
        certificate = authority = null;
        if (!(Required(options.Authority, "certificate.authority", faults) & Required(options.File, "certificate.file", faults)
            & Required(options.Key, "certificate.key", faults)))
        {
            return null;
        }

        try
        {
            authority = X509CertificateLoader.LoadCertificateFromFile(options.Authority!);
            certificate = X509Certificate2.CreateFromPemFile(options.File!, options.Key);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException)
        {
            faults.Add($"certificate: {problem.Message}");
            return null;
        }

        if (ZoneCertificate.TryRead(certificate, authority, now, out var identity, out var fault))
        {
            return identity;
        }

        faults.Add($"certificate.file: {fault}");
        return null;
    }

    /// <summary>Boundary = one cluster = one jurisdiction: a silo whose zone lies outside does not start.</summary>
    private static void CheckBoundary(SiloOptions options, CompiledPolicy policy, List<string> faults)
    {
        var vocabulary = policy.Vocabulary;
        var boundary = vocabulary.Jurisdictions.Ids.IndexOf(options.Jurisdiction);
        var zone = vocabulary.Zones.IndexOf(options.Zone);
        if (boundary < 0)
        {
            faults.Add($"jurisdiction: '{options.Jurisdiction}' is not in the policy.");
        }

        if (zone < 0)
        {
            faults.Add($"zone: '{options.Zone}' is not in the policy.");
        }

        if (boundary >= 0 && zone >= 0 && !vocabulary.Jurisdictions.Within(vocabulary.JurisdictionOfZone(zone), boundary))
        {
            faults.Add($"zone: '{options.Zone}' lies outside the boundary's jurisdiction '{options.Jurisdiction}'; this cluster does not span it.");
        }
    }

    private static void CheckIdentity(SiloOptions options, ZoneCertificate identity, List<string> faults)
    {
        if (identity.Zone != options.Zone)
        {
            faults.Add($"zone: the setting says '{options.Zone}', the certificate was issued for '{identity.Zone}'.");
        }

        if (identity.Node != options.Node)
        {
            faults.Add($"node: the setting says '{options.Node}', the certificate was issued for '{identity.Node}'.");
        }

        faults.AddRange(options.Roles.Except(identity.Roles).Select(role => $"roles: the certificate does not allow '{role}'."));
    }

    private static bool Required(string? value, string name, List<string> faults)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            return true;
        }

        faults.Add($"{name}: a value is needed.");
        return false;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex Word();
}
