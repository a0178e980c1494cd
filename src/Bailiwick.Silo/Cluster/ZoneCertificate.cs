using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Bailiwick.Silo.Cluster;

/// <summary>What a silo's certificate says of it: the zone that it was enrolled in, its node and its roles.</summary>
/// <param name="Zone">Zone id of the policy.</param>
/// <param name="Node">Name of the machine, unique within the zone.</param>
/// <param name="Roles">`gateway`, `worker`, or both; at least one.</param>
/// <remarks>
/// Carried as a SAN URI (RFC 5280 section 4.2.1.6) in SPIFFE's form:
/// <c>spiffe://bailiwick/zone/ZONE/node/NODE/role/gateway+worker</c>.
/// </remarks>
public sealed partial record ZoneCertificate(string Zone, string Node, IReadOnlyList<string> Roles)
{
    private static readonly string[] KnownRoles = ["gateway", "worker"];

    /// <summary>The URI of this identity.</summary>
    public string Uri => $"spiffe://bailiwick/zone/{Zone}/node/{Node}/role/{string.Join('+', Roles)}";

    /// <summary>Reads the identity of a certificate that chains to the site's own authority.</summary>
    /// <param name="certificate">The silo's certificate.</param>
    /// <param name="authority">The site's root; no other root counts.</param>
    /// <param name="now">Time at which it must be valid.</param>
    /// <param name="identity">The identity; null when refused.</param>
    /// <param name="fault">A sentence; null when accepted.</param>
    public static bool TryRead(
        X509Certificate2 certificate, X509Certificate2 authority, DateTimeOffset now, out ZoneCertificate? identity, out string? fault)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(authority);
        identity = null;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        // No network: revocation is by short life and by removal from the policy's register.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        if (!chain.Build(certificate))
        {
            fault = "The certificate is not valid under the site's authority: "
                + string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct()) + ".";
            return false;
        }

        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToList();
        var uri = certificate.GetNameInfo(X509NameType.UrlName, forIssuer: false);
        fault = names.Count == 1 && TryParse(uri, out identity)
            ? null
            : "The certificate names no zone: its SAN must hold one URI spiffe://bailiwick/zone/ZONE/node/NODE/role/ROLES.";
        return fault is null;
    }

    /// <summary>Reads a URI of the form above; anything else is refused.</summary>
    public static bool TryParse(string uri, out ZoneCertificate? identity)
    {
        identity = null;
        var match = Form().Match(uri);
        if (!match.Success)
        {
            return false;
        }

        var roles = match.Groups["roles"].Value.Split('+');
        if (roles.Distinct().Count() != roles.Length || !roles.All(KnownRoles.Contains))
        {
            return false;
        }

        identity = new ZoneCertificate(match.Groups["zone"].Value, match.Groups["node"].Value, roles);
        return true;
    }

    [GeneratedRegex(@"\Aspiffe://bailiwick/zone/(?<zone>[a-z0-9][a-z0-9.-]{0,62})/node/(?<node>[a-z0-9][a-z0-9.-]{0,62})/role/(?<roles>[a-z+]{1,40})\z")]
    private static partial Regex Form();
}
