using Bailiwick.Silo.Hosting;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>Settings of issuers, client certificates and TLS, each fault by its name, all at once.</summary>
public sealed class CallerOptionsTests : IDisposable
{
    private readonly SiteFolder _site = new();
    private readonly TestIssuer _issuer = new();

    public static TheoryData<string, string> Changes => new()
    {
        { "issuer", "callers.issuers[0].issuer: 1 to 255 characters are needed." },
        { "audience", "callers.issuers[0].audience: 1 to 255 characters are needed." },
        { "twice", $"callers.issuers: '{TestIssuer.Issuer}' stands twice." },
        { "algorithm", "callers.issuers[0].algorithms: one or more of RS256, PS256, ES256, EdDSA are needed." },
        { "keys-none", "callers.issuers[0].keys: a value is needed." },
        { "keys-gone", "callers.issuers[0].keys: Could not find file" },
        { "keys-open", "callers.issuers[0].keys: '" },
        { "keys-bad", "callers.issuers[0].keys: is not JSON" },
        { "skew", "callers.issuers[0].skewSeconds: 301 must lie between 0 and 300." },
        { "lifetime", "callers.issuers[0].lifetimeSeconds: 59 must lie between 60 and 86400." },
        { "claim", "callers.issuers[0].claims.subject: 1 to 255 characters are needed." },
        { "tenant", "callers.issuers[0].tenants: one or more of quick-start are needed." },
        { "scope", "callers.issuers[0].scopes: one or more of inference, operations, audit are needed." },
        { "jurisdiction", "callers.issuers[0].label.jurisdictions: one or more of local are needed." },
        { "class", "callers.issuers[0].label.classes: one or more of public, internal are needed." },
        { "unknown", "callers.issuers[0].claims.sub: is not a setting." },
        { "pseudonym-none", "callers.pseudonymKey: a value is needed." },
        { "pseudonym-open", "callers.pseudonymKey: '" },
        { "pseudonym-bad", "callers.pseudonymKey: holds no key" },
        { "revoked", "callers.revoked: line 2: is neither" },
        { "certificate-no-tls", "callers.certificates: listen.tls.clientCertificates must be optional or required" },
        { "certificate-name", "callers.certificates[0]: one of uri and subject is needed." },
        { "certificate-label", "callers.certificates[0].class: must be one of the policy's: public, internal." },
        { "certificate-zone", "callers.certificates[0].zone: 'elsewhere' is not in the policy." },
        { "certificate-nothing", "callers.certificates[0]: a tenant with its label, or a zone is needed." },
        { "tls-use", "listen.tls.clientCertificates: none, optional or required is needed." },
        { "tls-certificate", "listen.tls.certificate: a value is needed." },
        { "tls-key", "listen.tls.key: '" },
        { "tls-authority", "listen.tls.clientAuthority: " },
    };

    [Fact]
    public void Settings_WithIssuersCertificatesAndTls_GiveAModel()
    {
        var (model, faults) = SiloValidation.Validate(Options(), TimeProvider.System.GetUtcNow());

        Assert.Empty(faults);
        Assert.Equal(TestIssuer.Issuer, model!.Callers.Issuers.Single().Issuer);
        Assert.Equal("spiffe://office/press", model.Callers.Certificates.Single().Name);
        Assert.NotNull(model.Listen.Tls);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Settings_WithOneFault_AreRefusedWithIt(string change, string fault)
    {
        var options = Options();
        Change(options, change);

        var (model, faults) = SiloValidation.Validate(options, TimeProvider.System.GetUtcNow());

        Assert.Null(model);
        Assert.Contains(faults, found => found.StartsWith(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_WithManyFaults_AreRefusedWithAllAtOnce()
    {
        var options = Options();
        foreach (var change in new[] { "audience", "skew", "tenant", "pseudonym-none", "certificate-zone", "tls-use" })
        {
            Change(options, change);
        }

        var (_, faults) = SiloValidation.Validate(options, TimeProvider.System.GetUtcNow());

        Assert.Equal(6, faults.Count);
    }

    [Fact]
    public void Example_OfTheRepository_HasNoFaultButItsAbsentFiles()
    {
        var (options, unread) = SiloFile.Read(Path.Combine(Repository.Root, "examples", "callers.json"));
        Assert.Null(unread);
        var words = Bailiwick.Residency.Loading.PolicyLoader.Load(File.ReadAllBytes(Repository.Fixture("residency", "sample.yaml"))).Policy!;
        var faults = new List<string>();

        new CallerValidation(words.Vocabulary, faults).Validate(options!.Callers);
        DoorValidation.Limits(options.Limits, words, faults);
        TlsValidation.Validate(options.Listen.Tls, options.Callers, null, faults);
        faults.AddRange(SiloValidation.Validate(options, TimeProvider.System.GetUtcNow()).Faults.Where(fault => fault.EndsWith("is not a setting.", StringComparison.Ordinal)));

        Assert.All(faults, fault => Assert.Contains("/etc/bailiwick/", fault, StringComparison.Ordinal));
        Assert.Equal(4, faults.Count);
    }

    public void Dispose()
    {
        _site.Dispose();
        _issuer.Dispose();
    }

    private SiloOptions Options()
    {
        var options = _site.Options();
        var callers = _issuer.Callers();
        options.Callers.PseudonymKey = callers.PseudonymKey;
        options.Callers.Issuers.Add(callers.Issuers[0]);
        options.Callers.Certificates.Add(new()
        {
            Uri = "spiffe://office/press", Jurisdiction = "local", Class = "public", Purpose = "service-provision", Tenant = "quick-start",
            Scopes = { "inference" }, Zone = "local-1",
        });
        options.Listen.Tls = new() { Certificate = _site.At("silo", "silo.pem"), Key = _site.At("silo", "silo.key"), ClientCertificates = "optional" };
        return options;
    }

    private void Change(SiloOptions options, string change)
    {
        var (callers, tls) = (options.Callers, options.Listen.Tls!);
        var (issuer, certificate) = (callers.Issuers[0], callers.Certificates[0]);
        Action act = change switch
        {
            "issuer" => () => issuer.Issuer = "",
            "audience" => () => issuer.Audience = null,
            "twice" => () => callers.Issuers.Add(_issuer.Options()),
            "algorithm" => () => issuer.Algorithms = ["HS256"],
            "keys-none" => () => issuer.Keys = null,
            "keys-gone" => () => issuer.Keys = _site.At("none.json"),
            "keys-open" => () => File.SetUnixFileMode(issuer.Keys!, UnixFileMode.UserRead | UnixFileMode.GroupWrite),
            "keys-bad" => () => File.WriteAllText(issuer.Keys!, "{"),
            "skew" => () => issuer.SkewSeconds = 301,
            "lifetime" => () => issuer.LifetimeSeconds = 59,
            "claim" => () => issuer.Claims.Subject = "",
            "tenant" => () => issuer.Tenants["x"] = "nobody",
            "scope" => issuer.Scopes.Clear,
            "jurisdiction" => () => issuer.Label.Jurisdictions.Add("elsewhere"),
            "class" => issuer.Label.Classes.Clear,
            "unknown" => () => issuer.Claims.Unknown = new Dictionary<string, System.Text.Json.JsonElement> { ["sub"] = default },
            "pseudonym-none" => () => callers.PseudonymKey = null,
            "pseudonym-open" => () => File.SetUnixFileMode(_issuer.PseudonymFile, UnixFileMode.UserRead | UnixFileMode.GroupRead),
            "pseudonym-bad" => () => File.WriteAllText(_issuer.PseudonymFile, "short"),
            "revoked" => () => File.WriteAllText(callers.Revoked = _issuer.RevokedFile, "# none\nk-0123456789abcdef\n"),
            "certificate-no-tls" => () => options.Listen.Tls = null,
            "certificate-name" => () => certificate.Subject = "CN=press",
            "certificate-label" => () => certificate.Class = "secret",
            "certificate-zone" => () => certificate.Zone = "elsewhere",
            "certificate-nothing" => () => callers.Certificates[0] = new() { Uri = "spiffe://office/press" },
            "tls-use" => () => tls.ClientCertificates = "sometimes",
            "tls-certificate" => () => tls.Certificate = null,
            "tls-key" => () => tls.Key = _site.At("none.key"),
            "tls-authority" => () => tls.ClientAuthority = _site.At("none.pem"),
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };
        act();
    }
}
