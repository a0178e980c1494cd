using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Protocol;

namespace Bailiwick.Cli.Verbs;

/// <summary>Certificates of the site's authority and of silos (RFC 5280), ECDSA P-256 with SHA-256.</summary>
internal static class KeysAuthority
{
    /// <summary>Clocks of a site differ; a certificate is valid a little before it was made.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private static readonly OidCollection BothEndsOfTls = [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")];

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
    public static X509Certificate2 Issue(X509Certificate2 authority, SiloIdentity identity, DateTimeOffset now, DateTimeOffset until)
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
        var request = Request(identity.Node, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(BothEndsOfTls, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(identity.Uri));
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
