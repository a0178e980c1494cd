using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bailiwick.Cli.Verbs;
using Bailiwick.Protocol;
using Bailiwick.Residency;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Tls;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>What a client certificate says, by its name, at a time, under a list.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private const string Press = "spiffe://office/press";
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly Label Office = new("local", "public", "service-provision", "quick-start");

    private readonly FakeTimeProvider _time = new(Now);
    private readonly X509Certificate2 _authority = KeysAuthority.Create("site", Now, Now.AddDays(100));
    private readonly X509Certificate2 _certificate;
    private RevokedCallers? _revoked = RevokedCallers.None;

    public ClientCertificateTests() => _certificate = KeysAuthority.IssueCaller(_authority, new Uri(Press), Now, Now.AddDays(1));

    [Theory]
    [InlineData(Press, false)]
    [InlineData("CN=caller", true)]
    public void Certificate_MappedByUriOrBySubject_IsItsCaller(string name, bool isSubject)
    {
        var (finding, refusal) = Make(new CertificateRule(name, isSubject, Office, ["inference"], null)).Check(_certificate);

        Assert.Null(refusal);
        Assert.Equal((Office, null), (finding!.Credential!.Label, finding.Zone));
        Assert.True(Pseudonyms.IsOne(finding.Credential.Id));
    }

    [Theory]
    [InlineData(Press, true)]
    [InlineData("CN=caller", false)]
    [InlineData("spiffe://office/PRESS", false)]
    [InlineData("caller", true)]
    public void Certificate_MappedByAnotherName_IsNobody(string name, bool isSubject) =>
        Assert.Contains("names nobody", Refused(Make(new CertificateRule(name, isSubject, Office, ["inference"], null))), StringComparison.Ordinal);

    [Fact]
    public void Certificate_RenewedUnderItsName_KeepsItsPseudonym()
    {
        using var renewed = KeysAuthority.IssueCaller(_authority, new Uri(Press), Now, Now.AddDays(2));
        var check = Make(new CertificateRule(Press, false, Office, ["inference"], null));

        Assert.Equal(check.Check(_certificate).Finding!.Credential!.Id, check.Check(renewed).Finding!.Credential!.Id);
    }

    [Fact]
    public void Certificate_ThatEndsOnAnOpenConnection_IsRefusedFromThenOn()
    {
        var check = Make(new CertificateRule(Press, false, Office, ["inference"], null));
        Assert.NotNull(check.Check(_certificate).Finding);

        _time.Advance(TimeSpan.FromDays(2));

        Assert.Equal("The client certificate is not valid now.", Refused(check));
    }

    [Fact]
    public void Certificate_WhosePseudonymOrFingerprintIsListed_IsRefused()
    {
        var check = Make(new CertificateRule(Press, false, Office, ["inference"], null));
        var name = check.Check(_certificate).Finding!.Credential!.Id;
        var fingerprint = "sha256:" + _certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256).ToLowerInvariant();

        // What a request that is under way asks for, too.
        Assert.Equal([fingerprint, name], check.Check(_certificate).Finding!.Proofs);
        foreach (var line in new[] { name, fingerprint })
        {
            Assert.True(RevokedCallers.TryRead(Encoding.UTF8.GetBytes(line), out _revoked, out _));
            Assert.Equal("The client certificate is revoked.", Refused(check));
        }

        _revoked = null;
        Assert.Equal("The client certificate is revoked.", Refused(check));
        _revoked = RevokedCallers.None;
        Assert.NotNull(check.Check(_certificate).Finding);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
    }

    private string Refused(ClientCertificates check)
    {
        var (finding, refusal) = check.Check(_certificate);
        Assert.Null(finding);
        Assert.Equal(Errors.Unauthenticated, refusal!.Row);
        return refusal.Sentence;
    }

    private ClientCertificates Make(CertificateRule rule) => new(
        new TlsModel(new DoorPair(_authority, []), ClientCertificateUse.Optional, _authority), [rule], new Pseudonyms(new byte[32]), () => _revoked, _time);
}
