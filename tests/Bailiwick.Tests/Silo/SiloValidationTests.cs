using Bailiwick.Protocol;
using Bailiwick.Residency.Loading;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Tests.Silo;

public sealed class SiloValidationTests : IDisposable
{
    private readonly SiteFolder _site = new();

    public static TheoryData<string, string> Changes => new()
    {
        { "boundary", "boundary: 1 to 63 characters" },
        { "jurisdiction", "jurisdiction: 'elsewhere' is not in the policy." },
        { "zone", "zone: 'local-2' is not in the policy." },
        { "zone-case", "zone: lower-case letters" },
        { "node", "node: the setting says 'n2', the certificate was issued for 'n1'." },
        { "roles-none", "roles: one or both of gateway, worker are needed." },
        { "roles-twice", "roles: one or both of gateway, worker are needed." },
        { "roles-unknown", "roles: one or both of gateway, worker are needed." },
        { "policy-absent", "policy: " },
        { "policy-malformed", "policy: " },
        { "data", "data: a value is needed." },
        { "address", "listen.address: '0.0.0.0' is not a loopback address" },
        { "address-name", "listen.address: 'localhost' is not a loopback address" },
        { "port-low", "listen.silo: 0 must lie between 1 and 65535." },
        { "port-high", "listen.grpc: 65536 must lie between 0 and 65535." },
        { "port-shared", "listen.silo and listen.operations: all are 11111." },
        { "threads", "decoders.threads: 0 must lie between 1 and 512." },
        { "blocks", "decoders.kvBlocks: -1 must lie between 0 and 1000000." },
        { "store", "decoders.store: a value is needed." },
        { "key-open", "certificate.key: " },
        { "key-other", "certificate.file: " },
        { "certificate-absent", "certificate.file: " },
        { "authority-absent", "certificate.authority: " },
        { "password", "database.intake: a password must not stand here" },
        { "passfile-open", "database.application: Passfile: " },
        { "passfile-none", "database.intake: Passfile is needed." },
        { "connection", "database.intake: is not a connection string" },
        { "host", "database.intake: Host is needed." },
        { "sequencer", "database.sequencer: a value is needed." },
        { "auditor", "database.auditor: a value is needed." },
        { "sealing-absent", "sessions.keys: " },
        { "sealing-open", "sessions.keys: " },
        { "sealing-other", "sessions.keys: " },
        { "retention", "sessions.retentionDays: 0 must lie between 1 and 3660." },
        { "store-zone", "sessions.zone: 'elsewhere' is not in the policy." },
        { "store-far", "sessions.zone: is needed" },
        { "unknown", "listen.sillo: is not a setting." },
    };

    [Fact]
    public void Settings_WithoutFault_GiveAModel()
    {
        var (model, faults) = Validate(_site.Options());

        Assert.Empty(faults);
        Assert.Equal(new SiloIdentity(SiteFolder.Zone, SiteFolder.Node, SiloRoles.Gateway | SiloRoles.Worker), model!.Identity);
        Assert.True(model.Certificate.HasPrivateKey);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Settings_WithOneFault_AreRefusedWithIt(string change, string fault)
    {
        var options = _site.Options();
        Change(options, change);

        var (model, faults) = Validate(options);

        Assert.Null(model);
        Assert.Contains(faults, found => found.StartsWith(fault, StringComparison.Ordinal));
        Assert.All(faults, found => Assert.DoesNotContain('\n', found));
        Assert.All(faults, found => Assert.DoesNotContain("hunter2", found, StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_WithEveryFault_AreRefusedWithAllAtOnce()
    {
        var (_, faults) = Validate(new SiloOptions
        {
            Roles = ["gateway", "worker"],
            Listen = new() { Address = "192.0.2.1", Silo = 0, Grpc = -1, Http = 70000, Operations = 0 },
            Decoders = new() { Threads = 1000, KvBlocks = 2_000_000 },
        });

        string[] settings =
        [
            "boundary", "zone", "node", "data", "policy", "listen.address", "listen.silo", "listen.grpc", "listen.http", "listen.operations",
            "database.application", "database.intake", "database.sequencer", "database.auditor", "decoders.store", "decoders.threads", "decoders.kvBlocks",
            "certificate.authority", "certificate.file", "certificate.key",
        ];
        Assert.All(settings, setting => Assert.Contains(faults, fault => fault.StartsWith(setting + ":", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("{\"limits\":[null]}", "limits: null is no entry.")]
    [InlineData("{\"neighbours\":[null]}", "neighbours: null is no entry.")]
    [InlineData("{\"callers\":{\"networks\":[{},null]}}", "callers.networks: null is no entry.")]
    [InlineData("{\"callers\":{\"issuers\":[null]}}", "callers.issuers: null is no entry.")]
    [InlineData("{\"callers\":{\"certificates\":[null]}}", "callers.certificates: null is no entry.")]
    public void List_WithANull_IsRefused(string settings, string fault)
    {
        File.WriteAllText(_site.At("nulls.json"), settings);

        Assert.Equal([fault], Validate(SiloFile.Read(_site.At("nulls.json")).Options!).Faults);
    }

    [Fact]
    public void Role_NotInTheCertificate_IsRefused()
    {
        _site.Issue("worker", SiteFolder.Zone, SiteFolder.Node, "worker");
        var options = _site.Options();
        (options.Certificate.File, options.Certificate.Key) = (_site.At("worker", "silo.pem"), _site.At("worker", "silo.key"));

        Assert.Equal(["roles: the certificate does not allow gateway."], Validate(options).Faults);
    }

    [Fact]
    public void Zone_OtherThanTheCertificates_IsRefused()
    {
        _site.Issue("other", "local-9", SiteFolder.Node, "gateway", "worker");
        var options = _site.Options();
        (options.Certificate.File, options.Certificate.Key) = (_site.At("other", "silo.pem"), _site.At("other", "silo.key"));

        Assert.Equal(["zone: the setting says 'local-1', the certificate was issued for 'local-9'."], Validate(options).Faults);
    }

    [Fact]
    public void Zone_OutsideTheBoundary_IsRefused()
    {
        var file = Repository.Fixture("residency", "policies", "03-union.yaml");
        var words = PolicyLoader.Load(File.ReadAllBytes(file)).Policy!.Vocabulary;
        var (zone, boundary) = (from z in Enumerable.Range(0, words.Zones.Count)
                                from j in Enumerable.Range(0, words.Jurisdictions.Ids.Count)
                                where !words.Jurisdictions.Within(words.JurisdictionOfZone(z), j)
                                select (words.Zones[z], words.Jurisdictions.Ids[j])).First();
        _site.Issue("outside", zone, SiteFolder.Node, "gateway", "worker");
        var options = _site.Options();
        (options.Policy, options.Zone, options.Jurisdiction) = (file, zone, boundary);
        (options.Certificate.File, options.Certificate.Key) = (_site.At("outside", "silo.pem"), _site.At("outside", "silo.key"));
        options.Callers.Networks.Clear();

        Assert.Equal(
            [$"zone: '{zone}' lies outside the boundary's jurisdiction '{boundary}'; this cluster does not span it."], Validate(options).Faults);
    }

    [Theory]
    [InlineData("", "silo.json, line 1: $ is not JSON of the expected form.")]
    [InlineData("null", "silo.json: holds no settings.")]
    [InlineData("{\"listen\": null}", "silo.json, line 1: $.listen is not JSON of the expected form.")]
    [InlineData("{\"listen\": {\"silo\": \"hunter2\"}}", "silo.json, line 1: $.listen.silo is not JSON of the expected form.")]
    [InlineData("{\"zone\": \"a\", \"zone\": \"b\"}", "silo.json, line 1: $.zone is not JSON of the expected form.")]
    public void File_NotOfTheForm_IsRefusedInOneLine(string text, string fault)
    {
        File.WriteAllText(_site.At("silo.json"), text);

        Assert.Equal((null, fault), SiloFile.Read(_site.At("silo.json")));
    }

    [Fact]
    public void File_WithComments_IsReadWithDefaults()
    {
        File.WriteAllText(_site.At("silo.json"), "{ // ours\n \"zone\": \"a\", \"listen\": {\"silo\": 1}, \"roles\": [\"worker\"], }");

        var (options, _) = SiloFile.Read(_site.At("silo.json"));

        Assert.Equal(("a", 1, 8080), (options!.Zone, options.Listen.Silo, options.Listen.Grpc));
        Assert.Equal(["worker"], options.Roles);
    }

    public void Dispose() => _site.Dispose();

    private static (SiloModel? Model, IReadOnlyList<string> Faults) Validate(SiloOptions options) =>
        SiloValidation.Validate(options, TimeProvider.System.GetUtcNow());

    private void Change(SiloOptions options, string change)
    {
        Action act = change switch
        {
            "boundary" => () => options.Boundary = "Not A Name",
            "jurisdiction" => () => options.Jurisdiction = "elsewhere",
            "zone" => () => options.Zone = "local-2",
            "zone-case" => () => options.Zone = "Local-1",
            "node" => () => options.Node = "n2",
            "roles-none" => options.Roles.Clear,
            "roles-twice" => () => options.Roles.Add("worker"),
            "roles-unknown" => () => options.Roles.Add("king"),
            "policy-absent" => () => options.Policy = _site.At("no-policy.yaml"),
            "policy-malformed" => () => options.Policy = _site.At("keys", "ca.pem"),
            "data" => () => options.Data = " ",
            "address" => () => options.Listen.Address = "0.0.0.0",
            "address-name" => () => options.Listen.Address = "localhost",
            "port-low" => () => options.Listen.Silo = 0,
            "port-high" => () => options.Listen.Grpc = 65536,
            "port-shared" => () => options.Listen.Operations = options.Listen.Silo,
            "threads" => () => options.Decoders.Threads = 0,
            "blocks" => () => options.Decoders.KvBlocks = -1,
            "store" => () => options.Decoders.Store = null,
            "certificate-absent" => () => options.Certificate.File = _site.At("none.pem"),
            "authority-absent" => () => options.Certificate.Authority = _site.At("none.pem"),
            "key-other" => () => options.Certificate.Key = _site.At("keys", "ca.key"),
            "key-open" => () => Open(options.Certificate.Key!),
            "password" => () => options.Database.Intake += ";Password=hunter2",
            "passfile-open" => () => Open(_site.At("pass")),
            "passfile-none" => () => options.Database.Intake = "Host=127.0.0.1;Database=b;Username=u",
            "connection" => () => options.Database.Intake = "Password=hunter2;Nonsense",
            "host" => () => options.Database.Intake = _site.Connection("intake").Replace("Host=127.0.0.1;", "", StringComparison.Ordinal),
            "sequencer" => () => options.Database.Sequencer = null,
            "auditor" => () => options.Database.Auditor = null,
            "sealing-absent" => () => options.Sessions.Keys = _site.At("no.keys"),
            "sealing-open" => () => Open(_site.At("sealing.keys")),
            "sealing-other" => () => options.Sessions.Keys = _site.At("pass"),
            "retention" => () => options.Sessions.RetentionDays = 0,
            "store-zone" => () => options.Sessions.Zone = "elsewhere",
            "store-far" => () => options.Database.Application = _site.Connection("application").Replace("127.0.0.1", "192.0.2.1", StringComparison.Ordinal),
            "unknown" => () => Misspell(options),
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };
        act();
    }

    private void Misspell(SiloOptions options)
    {
        File.WriteAllText(_site.At("silo.json"), "{\"listen\": {\"sillo\": 1}}");
        options.Listen.Unknown = SiloFile.Read(_site.At("silo.json")).Options!.Listen.Unknown;
    }

    private static void Open(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        }
    }
}
