using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Protocol;

namespace Bailiwick.Silo.Cluster;

/// <summary>Reads who a silo is from its certificate. `bailiwick keys issue` makes them.</summary>
internal static class ZoneCertificate
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Reads the identity of a certificate that chains to the site's own authority.</summary>
    /// <param name="certificate">The silo's certificate.</param>
    /// <param name="authority">The site's root; no other root counts.</param>
    /// <param name="now">Time at which it must be valid.</param>
    /// <param name="identity">The identity; null when refused.</param>
    /// <param name="fault">A sentence; null when accepted.</param>
    public static bool TryRead(
        X509Certificate2 certificate, X509Certificate2 authority, DateTimeOffset now, out SiloIdentity? identity, out string? fault)
    {
        identity = null;
        fault = ChainFault(certificate, authority, now);
        if (fault is null && certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(basic => basic.CertificateAuthority))
        {
            fault = "An authority's certificate is no silo's certificate.";
        }

        if (fault is null && !SiloIdentity.TryParse(CertificateNames.OnlyUri(certificate), out identity))
        {
            fault = "The certificate names no silo: its one alternative name must be spiffe://bailiwick/zone/ZONE/node/NODE/role/ROLES.";
        }

        return fault is null;
    }

    private static string? ChainFault(X509Certificate2 certificate, X509Certificate2 authority, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        // No network: lives are short, and a lost key is answered by a new authority.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        if (chain.Build(certificate))
        {
            return null;
        }

        var reasons = chain.ChainStatus.Select(status => status.Status).Distinct();
        return $"The certificate is not valid under the site's authority: {string.Join(", ", reasons)}.";
    }
}
