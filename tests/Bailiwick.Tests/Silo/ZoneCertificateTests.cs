using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Protocol;
using Bailiwick.Silo.Cluster;

namespace Bailiwick.Tests.Silo;

public sealed class ZoneCertificateTests
{
    private const string Good = "spiffe://bailiwick/zone/z1/node/n1/role/gateway+worker";
    private const string Server = "1.3.6.1.5.5.7.3.1";
    private const string Client = "1.3.6.1.5.5.7.3.2";

    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Certificate_OfTheAuthority_NamesItsSilo()
    {
        using var authority = Authority();
        using var certificate = Leaf(authority, [Good]);

        Assert.True(ZoneCertificate.TryRead(certificate, authority, Now, out var identity, out var fault), fault);
        Assert.Equal(new SiloIdentity("z1", "n1", SiloRoles.Gateway | SiloRoles.Worker), identity);
    }

    [Fact]
    public void Certificate_OfAnotherAuthorityOfTheSameName_IsRefused()
    {
        using var authority = Authority();
        using var other = Authority();
        using var certificate = Leaf(other, [Good]);

        Assert.False(ZoneCertificate.TryRead(certificate, authority, Now, out _, out var fault));
        Assert.StartsWith("The certificate is not valid under the site's authority: ", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(31)]
    public void Certificate_OutsideItsLife_IsRefused(int days)
    {
        using var authority = Authority();
        using var certificate = Leaf(authority, [Good]);

        Assert.False(ZoneCertificate.TryRead(certificate, authority, Now.AddDays(days), out _, out var fault));
        Assert.Contains("NotTimeValid", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData(Good, Good)]
    [InlineData(Good, "spiffe://bailiwick/zone/z2/node/n1/role/worker")]
    [InlineData("spiffe://bailiwick/zone/z2/node/n1/role/worker", "spiffe://other/workload")]
    [InlineData("spiffe://other/zone/z1/node/n1/role/worker")]
    [InlineData("spiffe://bailiwick/zone/z1/node/n1/role/king")]
    [InlineData("spiffe://bailiwick/zone/z1/node/n1/role/worker+gateway")]
    [InlineData("spiffe://bailiwick/zone/z1/node/n1/role/worker+worker")]
    [InlineData("spiffe://bailiwick/zone/z1/node/n1/role/")]
    [InlineData("spiffe://bailiwick/zone/Z1/node/n1/role/worker")]
    [InlineData("spiffe://bailiwick/zone/z1/node//role/worker")]
    [InlineData("spiffe://bailiwick/zone/z1/node/n1/role/worker/")]
    [InlineData("dns:z1.example")]
    [InlineData(Good, "dns:z1.example")]
    public void Certificate_WithoutExactlyOneSiloName_IsRefused(params string[] names)
    {
        using var authority = Authority();
        using var certificate = Leaf(authority, names);

        Assert.False(ZoneCertificate.TryRead(certificate, authority, Now, out var identity, out var fault));
        Assert.Null(identity);
        Assert.StartsWith("The certificate names no silo", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Server)]
    [InlineData(Client)]
    public void Certificate_ForOneEndOfTls_IsRefused(string usage)
    {
        using var authority = Authority();
        using var certificate = Leaf(authority, [Good], usages: [usage]);

        Assert.False(ZoneCertificate.TryRead(certificate, authority, Now, out _, out var fault));
        Assert.Contains("NotValidForUsage", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificate_OfASubAuthority_IsRefused()
    {
        using var authority = Authority();
        using var certificate = Leaf(authority, [Good], isAuthority: true);

        Assert.False(ZoneCertificate.TryRead(certificate, authority, Now, out _, out _));
    }

    private static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1));
    }

    private static X509Certificate2 Leaf(X509Certificate2 authority, string[] names, string[]? usages = null, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=silo", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        OidCollection oids = [];
        foreach (var usage in usages ?? [Server, Client])
        {
            oids.Add(new Oid(usage));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, false));
        if (names.Length > 0)
        {
            var builder = new SubjectAlternativeNameBuilder();
            foreach (var name in names)
            {
                Add(builder, name);
            }

            request.CertificateExtensions.Add(builder.Build());
        }

        return request.Create(authority, Now.AddHours(-1), Now.AddDays(30), [1, 2, 3]);
    }

    private static void Add(SubjectAlternativeNameBuilder builder, string name)
    {
        if (name.StartsWith("dns:", StringComparison.Ordinal))
        {
            builder.AddDnsName(name[4..]);
        }
        else
        {
            builder.AddUri(new Uri(name));
        }
    }
}
