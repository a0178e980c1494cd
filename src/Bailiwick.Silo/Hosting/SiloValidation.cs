using System.Net;
using System.Text.RegularExpressions;
using Bailiwick.Protocol;
using Bailiwick.Residency.Decisions;

namespace Bailiwick.Silo.Hosting;

/// <summary>Turns <see cref="SiloOptions"/> into a <see cref="SiloModel"/>, or lists every fault at once. Connects to nothing.</summary>
internal static partial class SiloValidation
{
    /// <param name="options">As read.</param>
    /// <param name="now">Time at which the certificate must be valid.</param>
    /// <returns>A model without faults, or faults (one line each, beginning with the setting's name) without a model.</returns>
    public static (SiloModel? Model, IReadOnlyList<string> Faults) Validate(SiloOptions options, DateTimeOffset now)
    {
        var faults = Lists(options).Where(list => list.Entries.Contains(null)).Select(list => $"{list.Name}: null is no entry.").ToList();
        if (faults.Count > 0)
        {
            return (null, faults);
        }

        CheckKeys(options, faults);
        CheckNames(options, faults);
        var roles = CheckRoles(options.Roles, faults);
        var address = CheckListen(options.Listen, faults);
        var database = DatabaseValidation.Validate(options.Database, roles.HasFlag(SiloRoles.Gateway), faults);
        CheckDecoders(options.Decoders, roles.HasFlag(SiloRoles.Worker), faults);
        var (policy, content) = SiloFiles.LoadPolicy(options.Policy, faults);
        if (policy is not null)
        {
            CheckBoundary(options, policy, faults);
        }

        var gateway = roles.HasFlag(SiloRoles.Gateway);
        var networks = gateway && policy is not null ? DoorValidation.Networks(options.Callers, policy, faults) : null;
        var callers = gateway && policy is not null
            ? new CallerValidation(policy.Vocabulary, faults).Validate(options.Callers)
            : CallersModel.KeysOnly;
        var limits = gateway && policy is not null ? DoorValidation.Limits(options.Limits, policy, faults) : [];
        var tls = gateway ? TlsValidation.Validate(options.Listen.Tls, options.Callers, options.Certificate.Authority, faults) : null;
        var neighbours = policy is null ? [] : DoorValidation.Neighbours(options.Neighbours, policy, faults);
        var log = gateway ? DoorValidation.Log(options.Log, options.Data, faults) : null;
        var sessions = gateway && policy is not null
            ? SessionsValidation.Validate(options.Sessions, options.Zone, database?.Application, policy, faults) : null;
        var (identity, certificate, authority) = SiloFiles.LoadCertificate(options.Certificate, now, faults);
        if (identity is not null)
        {
            CheckIdentity(options, roles, identity, faults);
        }

        if (faults.Count > 0)
        {
            certificate?.Dispose();
            authority?.Dispose();
            return (null, faults);
        }

        var (listen, decoders) = (options.Listen, options.Decoders);
        return (new SiloModel(
            options.Boundary!, options.Jurisdiction!, identity!, roles, certificate!, authority!, policy!, content, options.Data!,
            new ListenModel(address!, listen.Silo, listen.Grpc, listen.Http, listen.Operations) { Tls = tls }, database!,
            new DecoderModel(
                decoders.Store, decoders.Threads, decoders.KvBlocks, decoders.AllowUnisolated, decoders.Simulate, [.. decoders.Models],
                decoders.GenAi),
            networks, neighbours, log) { Callers = callers, Limits = limits, Sessions = sessions }, []);
    }

    /// <summary>A text that says something; reports the setting's name otherwise.</summary>
    public static bool Required(string? value, string name, List<string> faults)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            return true;
        }

        faults.Add($"{name}: a value is needed.");
        return false;
    }

    /// <summary>What JSON can fill with nulls, unlike a section of its own.</summary>
    private static (string Name, IEnumerable<SettingsSection?> Entries)[] Lists(SiloOptions options) =>
    [
        ("neighbours", options.Neighbours), ("callers.networks", options.Callers.Networks), ("limits", options.Limits),
        ("callers.certificates", options.Callers.Certificates), ("callers.issuers", options.Callers.Issuers),
    ];

    private static void CheckKeys(SiloOptions options, List<string> faults)
    {
        (string Prefix, SettingsSection Section)[] sections =
        [
            ("", options), ("certificate.", options.Certificate), ("database.", options.Database), ("listen.", options.Listen),
            ("decoders.", options.Decoders), ("callers.", options.Callers), ("log.", options.Log), ("sessions.", options.Sessions), ("listen.tls.", options.Listen.Tls ?? new()),
            .. Lists(options).SelectMany(list => list.Entries.Select((entry, index) => ($"{list.Name}[{index}].", entry!))),
            .. options.Callers.Issuers.SelectMany((issuer, index) => new (string, SettingsSection)[]
            {
                ($"callers.issuers[{index}].claims.", issuer.Claims), ($"callers.issuers[{index}].label.", issuer.Label),
            }),
        ];
        faults.AddRange(from entry in sections
                        from key in entry.Section.Unknown?.Keys ?? []
                        select $"{entry.Prefix}{key}: is not a setting.");
    }

    private static void CheckNames(SiloOptions options, List<string> faults)
    {
        if (options.Boundary is null || !BoundaryName().IsMatch(options.Boundary))
        {
            faults.Add("boundary: 1 to 63 characters of a-z, 0-9 and '-' are needed.");
        }

        foreach (var (name, value) in new[] { ("zone", options.Zone), ("node", options.Node) })
        {
            if (!SiloIdentity.IsName(value))
            {
                faults.Add($"{name}: {SiloIdentity.NameRule} are needed.");
            }
        }

        Required(options.Data, "data", faults);
    }

    private static SiloRoles CheckRoles(IList<string> words, List<string> faults)
    {
        if (!SiloIdentity.TryParseRoles(words, out var roles))
        {
            faults.Add("roles: one or both of gateway, worker are needed.");
        }

        return roles;
    }

    private static IPAddress? CheckListen(ListenOptions listen, List<string> faults)
    {
        if (!IPAddress.TryParse(listen.Address, out var address) || !IPAddress.IsLoopback(address))
        {
            faults.Add($"listen.address: '{listen.Address}' is not a loopback address; until silos speak mutual TLS with each other, they listen on loopback only.");
        }

        (string Name, int Port, int Least)[] ports =
        [
            ("listen.silo", listen.Silo, 1), ("listen.grpc", listen.Grpc, 0), ("listen.http", listen.Http, 0),
            ("listen.operations", listen.Operations, 1),
        ];
        faults.AddRange(ports.Where(entry => entry.Port < entry.Least || entry.Port > IPEndPoint.MaxPort)
            .Select(entry => $"{entry.Name}: {entry.Port} must lie between {entry.Least} and {IPEndPoint.MaxPort}."));
        faults.AddRange(ports.Where(entry => entry.Port > 0).GroupBy(entry => entry.Port).Where(group => group.Count() > 1)
            .Select(group => $"{string.Join(" and ", group.Select(entry => entry.Name))}: all are {group.Key}."));
        return address;
    }

    private static void CheckDecoders(DecoderOptions decoders, bool worker, List<string> faults)
    {
        if (worker)
        {
            Required(decoders.Store, "decoders.store", faults);
        }

        foreach (var (model, index) in decoders.Models.Select((model, index) => (model, index)))
        {
            if (!Path.Exists(model))
            {
                faults.Add($"decoders.models[{index}]: '{model}' does not exist.");
            }
        }

        if (decoders.Threads is < 1 or > 512)
        {
            faults.Add($"decoders.threads: {decoders.Threads} must lie between 1 and 512.");
        }

        if (decoders.KvBlocks is < 0 or > 1_000_000)
        {
            faults.Add($"decoders.kvBlocks: {decoders.KvBlocks} must lie between 0 and 1000000.");
        }
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

    private static void CheckIdentity(SiloOptions options, SiloRoles roles, SiloIdentity identity, List<string> faults)
    {
        if (identity.Zone != options.Zone)
        {
            faults.Add($"zone: the setting says '{options.Zone}', the certificate was issued for '{identity.Zone}'.");
        }

        if (identity.Node != options.Node)
        {
            faults.Add($"node: the setting says '{options.Node}', the certificate was issued for '{identity.Node}'.");
        }

        if ((roles & ~identity.Roles) is not SiloRoles.None and var missing)
        {
            faults.Add($"roles: the certificate does not allow {SiloIdentity.Format(missing)}.");
        }
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex BoundaryName();
}
