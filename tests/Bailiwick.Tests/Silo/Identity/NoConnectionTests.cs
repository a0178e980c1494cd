using System.Diagnostics.Tracing;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bailiwick.Cli.Verbs;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Api.Tokens;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>
/// DESIGN.md section 1, promise 6: nothing that a token, its issuer or a client certificate names is ever asked. Two witnesses: a listener on
/// loopback that every such address names, and the runtime's own events of every look-up and every connection.
/// </summary>
[Collection(nameof(NoConnectionTests))]
public sealed class NoConnectionTests : IDisposable
{
    private readonly TestIssuer _issuer = new();
    private readonly TcpListener _trap = new(IPAddress.Loopback, 0);

    public NoConnectionTests() => _trap.Start();

    private string Address => $"http://127.0.0.1:{((IPEndPoint)_trap.LocalEndpoint).Port}";

    [Fact]
    public void Tokens_ThatNameAddressesEverywhere_AreJudgedWithoutAConnection()
    {
        // The issuer too is an address where metadata could be asked for.
        var model = new IssuerModel(
            Address, TestIssuer.Audience, _issuer.KeyFile, [TokenKey.Es256], TimeSpan.FromSeconds(60), TimeSpan.FromHours(1),
            new ClaimNames("sub", "tenant", "scope", null, null, null), new Dictionary<string, string> { ["office"] = "quick-start" },
            new Dictionary<string, string>(), new LabelCeiling(["local"], ["public"], ["service-provision"]));
        var issuer = new TokenIssuer(model, "test");
        var now = TimeProvider.System.GetUtcNow();
        var check = new TokenCheck([issuer], new Pseudonyms(new byte[32]), () => RevokedCallers.None, TimeProvider.System);
        using var witness = new NetworkWitness();
        Assert.Null(issuer.KeyFile.Refresh());

        var claims = new Dictionary<string, object?> { ["iss"] = Address, ["jku"] = Address, ["metadata"] = Address };
        var faults = new[] { "jku", "x5u", "iss", "url", "x5t" }.Select(member =>
            check.Check(_issuer.Token(now, claims, new() { [member] = Address + "/keys" }), out _)).ToList();
        faults.Add(check.Check(_issuer.Token(now, claims, new() { ["kid"] = Address }), out _));
        faults.Add(check.Check(_issuer.Token(now, new() { ["iss"] = Address + "/other" }), out _));

        Assert.Equal(
            [TokenFault.KeyInHeader, TokenFault.KeyInHeader, TokenFault.None, TokenFault.None, TokenFault.None, TokenFault.UnknownKey, TokenFault.Issuer],
            faults);
        Assert.Empty(witness.Seen);
        Assert.False(_trap.Pending());
    }

    [Fact]
    public void Tokens_OfTheVectors_AreJudgedWithoutAConnection()
    {
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Repository.Fixture("jose", "jwt.json")));
        var check = JwtVectorTests.Check(document.RootElement, Path.GetDirectoryName(_issuer.KeyFile)!);
        using var witness = new NetworkWitness();

        var judged = document.RootElement.GetProperty("tests").EnumerateArray().Count(test => check.Check(test.GetProperty("token").GetString()!, out _) >= 0);

        Assert.Equal(148, judged);
        Assert.Empty(witness.Seen);
    }

    [Fact]
    public void ClientCertificates_ThatNameAddresses_AreJudgedWithoutAConnection()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var authority = KeysAuthority.Create("site", now, now.AddDays(10));
        using var unknown = KeysAuthority.Create("somebody", now, now.AddDays(10));
        var rule = new CertificateRule("spiffe://office/press", false, new("local", "public", "service-provision", "quick-start"), ["inference"], null);
        var check = new ClientCertificates(
            new TlsModel(new DoorPair(authority, []), ClientCertificateUse.Optional, authority), [rule], new Pseudonyms(new byte[32]), () => RevokedCallers.None, TimeProvider.System);
        using var known = Leaf(authority);
        using var stranger = Leaf(unknown);
        using var witness = new NetworkWitness();

        Assert.NotNull(check.Check(known).Finding);
        Assert.NotNull(check.Check(stranger).Refusal);

        Assert.Empty(witness.Seen);
        Assert.False(_trap.Pending());
    }

    [Fact]
    public async Task Witnesses_OfAConnectionThatIsMade_SeeIt()
    {
        using var witness = new NetworkWitness();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)_trap.LocalEndpoint);
        await Dns.GetHostAddressesAsync("localhost");

        Assert.True(_trap.Pending());
        Assert.Contains("ConnectStart", witness.Seen);
        Assert.Contains("ResolutionStart", witness.Seen);
    }

    public void Dispose()
    {
        _trap.Dispose();
        _issuer.Dispose();
    }

    /// <summary>A certificate that names where its issuer, its revocation list and its status can be had (RFC 5280 sections 4.2.1.13, 4.2.2.1).</summary>
    private X509Certificate2 Leaf(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=caller", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([Address + "/ocsp"], [Address + "/issuer.cer"]));
        request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([Address + "/list.crl"]));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("spiffe://office/press"));
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(authority.GetECDsaPrivateKey()!), now.AddMinutes(-1), now.AddDays(1), [1, 2]);
    }

    /// <summary>Events of name look-ups, connections and HTTP requests of this process.</summary>
    private sealed class NetworkWitness : EventListener
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _seen = new();

        public IReadOnlyCollection<string> Seen => _seen;

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name is "System.Net.NameResolution" or "System.Net.Sockets" or "System.Net.Http")
            {
                EnableEvents(eventSource, EventLevel.Informational);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName is "ResolutionStart" or "ConnectStart" or "RequestStart")
            {
                _seen.Enqueue(eventData.EventName);
            }
        }
    }
}

/// <summary>What these tests watch belongs to the whole process: nothing runs beside them.</summary>
[CollectionDefinition(nameof(NoConnectionTests), DisableParallelization = true)]
public sealed class NoConnectionRuns;
