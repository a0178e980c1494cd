using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Protocol;

namespace Bailiwick.Cli.Verbs;

/// <summary>Certificates of the site's authority, of silos, doors and callers (RFC 5280), ECDSA P-256 with SHA-256.</summary>
internal static class KeysAuthority
{
    /// <summary>Clocks of a site differ; a certificate is valid a little before it was made.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Of X.520.</summary>
    private const int LongestCommonName = 64;

    private const string ServerEnd = "1.3.6.1.5.5.7.3.1";
    private const string ClientEnd = "1.3.6.1.5.5.7.3.2";

    /// <summary>A self-signed authority that can sign end certificates only.</summary>
    /// <returns>With its private key.</returns>
    public static X509Certificate2 Create(string name, DateTimeOffset now, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request.CreateSelfSigned(now - ClockSkew, until);
    }

    /// <summary>The certificate of a silo.</summary>
    /// <param name="authority">With its private key.</param>
    /// <param name="identity">The certificate's one alternative name.</param>
    /// <param name="now">When it is made.</param>
    /// <param name="until">When it ends; not after the authority.</param>
    /// <returns>With its private key.</returns>
    /// <exception cref="KeysRefusedException">The authority is none, or ends before <paramref name="until"/>.</exception>
    public static X509Certificate2 Issue(X509Certificate2 authority, SiloIdentity identity, DateTimeOffset now, DateTimeOffset until) =>
        Issue(authority, identity.Node, [ServerEnd, ClientEnd], names => names.AddUri(new Uri(identity.Uri)), now, until);

    /// <summary>The certificate of a gateway's doors: for the server's end of TLS alone, so it enrols no silo.</summary>
    /// <param name="authority">With its private key.</param>
    /// <param name="hosts">Names and addresses that callers use. At least one.</param>
    /// <param name="now">When it is made.</param>
    /// <param name="until">When it ends; not after the authority.</param>
    /// <returns>With its private key.</returns>
    /// <exception cref="KeysRefusedException">As with a silo's.</exception>
    public static X509Certificate2 IssueDoor(X509Certificate2 authority, IReadOnlyList<string> hosts, DateTimeOffset now, DateTimeOffset until) =>
        Issue(authority, hosts[0].Length <= LongestCommonName ? hosts[0] : "door", [ServerEnd], names =>
        {
            foreach (var host in hosts)
            {
                if (IPAddress.TryParse(host, out var address))
                {
                    names.AddIpAddress(address);
                }
                else
                {
                    names.AddDnsName(host);
                }
            }
        }, now, until);

    /// <summary>The certificate of a caller: for the client's end of TLS alone.</summary>
    /// <param name="authority">With its private key.</param>
    /// <param name="uri">Its one alternative name, which callers.certificates maps.</param>
    /// <param name="now">When it is made.</param>
    /// <param name="until">When it ends; not after the authority.</param>
    /// <returns>With its private key.</returns>
    /// <exception cref="KeysRefusedException">As with a silo's.</exception>
    public static X509Certificate2 IssueCaller(X509Certificate2 authority, Uri uri, DateTimeOffset now, DateTimeOffset until) =>
        Issue(authority, "caller", [ClientEnd], names => names.AddUri(uri), now, until);

    private static X509Certificate2 Issue(
        X509Certificate2 authority, string commonName, string[] ends, Action<SubjectAlternativeNameBuilder> name, DateTimeOffset now, DateTimeOffset until)
    {
        if (!authority.Extensions.OfType<X509BasicConstraintsExtension>().Any(basic => basic.CertificateAuthority))
        {
            throw new KeysRefusedException("ca.pem is not the certificate of an authority.");
        }

        if (until > authority.NotAfter)
        {
            throw new KeysRefusedException($"The authority ends on {authority.NotAfter.ToUniversalTime():yyyy-MM-dd}, before the certificate would; give fewer --days.");
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(commonName, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        OidCollection usages = [];
        foreach (var end in ends)
        {
            usages.Add(new Oid(end));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var names = new SubjectAlternativeNameBuilder();
        name(names);
        request.CertificateExtensions.Add(names.Build());

        var from = now - ClockSkew < authority.NotBefore ? authority.NotBefore : now - ClockSkew;
        using var issued = request.Create(authority, from, until, RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }

    private static CertificateRequest Request(string commonName, ECDsa key)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }
}
