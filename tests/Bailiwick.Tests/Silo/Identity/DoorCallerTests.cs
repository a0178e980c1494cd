using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Bailiwick.Cli.Verbs;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Residency.Loading;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Tls;
using Bailiwick.Silo.Hosting;
using Bailiwick.Tests.Silo.Api;
using Grpc.Core;
using Grpc.Net.Client;
using Label = Bailiwick.Residency.Label;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>Tokens and client certificates at the real doors, over TLS: who they are, and each refusal in the door's own shape.</summary>
public sealed class DoorCallerTests : IAsyncLifetime, IDisposable
{
    private const string Press = "spiffe://office/press";
    private const string Desk = "spiffe://office/desk";
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly TestIssuer _issuer = new();
    private readonly X509Certificate2 _authority = KeysAuthority.Create("site", Now, Now.AddDays(10));
    private readonly List<X509Certificate2> _certificates = [];
    private DoorHost _host = null!;

    public async Task InitializeAsync()
    {
        File.WriteAllText(_issuer.RevokedFile, "");
        _host = await StartAsync(ClientCertificateUse.Optional);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    public void Dispose()
    {
        _certificates.ForEach(certificate => certificate.Dispose());
        _authority.Dispose();
        _issuer.Dispose();
    }

    [Fact]
    public async Task Token_AtBothDoors_IsTheCallerOfItsSubject()
    {
        var token = _issuer.Token(Now);

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(token, null)).Status);
        var http = await CallerAsync(token, null);
        var grpc = await GrpcCallerAsync(token, null);

        Assert.Equal(http.KeyId, grpc.KeyId);
        Assert.True(Pseudonyms.IsOne(http.KeyId));
        Assert.Equal(new Label("local", "public", "service-provision", "quick-start"), http.Label);
        Assert.Equal(("local-1", "contract"), (http.Place?.Zone, http.Place?.ProvenBy));
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "expired", "The token has expired." },
        { "audience", "The token is for another audience." },
        { "tenant", "The token names no tenant that its issuer may speak for here." },
        { "class", "The token asks for a jurisdiction, class or purpose that its issuer may not give here." },
        { "lifetime", "The token does not say when it was issued" },
        { "foreign", "No valid API key or token came" },
        { "tampered", "No valid API key or token came" },
        { "jku", "No valid API key or token came" },
        { "none", "No valid API key or token came" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Token_ThatIsNotGood_Is401WithASentenceAtBothDoors(string what, string sentence)
    {
        var token = what switch
        {
            "expired" => _issuer.Token(Now.AddHours(-1)),
            "audience" => _issuer.Token(Now, new() { ["aud"] = "elsewhere" }),
            "tenant" => _issuer.Token(Now, new() { ["tenant"] = "neighbour" }),
            "class" => _issuer.Token(Now, new() { ["class"] = "internal" }),
            "lifetime" => _issuer.Token(Now, new() { ["exp"] = Now.AddDays(30).ToUnixTimeSeconds() }),
            "foreign" => _issuer.Token(Now, new() { ["iss"] = "https://elsewhere.test" }),
            "tampered" => _issuer.Token(Now)[..^4] + "AAAA",
            "jku" => _issuer.Token(Now, header: new() { ["jku"] = "https://elsewhere.test/keys" }),
            _ => _issuer.Token(Now, header: new() { ["alg"] = "none" }),
        };

        var (status, error) = await AskAsync(token, null);
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthenticated"), (status, error.GetProperty("code").GetString()));
        Assert.StartsWith(sentence, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        var problem = await Assert.ThrowsAsync<RpcException>(() => GrpcCallerAsync(token, null));
        Assert.Equal(StatusCode.Unauthenticated, problem.StatusCode);
        Assert.StartsWith(sentence, problem.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_WithoutAScopeOfTheDoor_Is403()
    {
        var (status, error) = await AskAsync(_issuer.Token(Now, new() { ["scope"] = "bailiwick.operate" }), null);

        Assert.Equal((HttpStatusCode.Forbidden, "scope"), (status, error.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Certificate_ThatIsMapped_IsItsCallerAndProvesItsPlace()
    {
        var http = await CallerAsync(null, Caller(Press));
        var grpc = await GrpcCallerAsync(null, Caller(Press));

        Assert.Equal(http.KeyId, grpc.KeyId);
        Assert.StartsWith("c-", http.KeyId, StringComparison.Ordinal);
        Assert.Equal(new Label("local", "public", "service-provision", "quick-start"), http.Label);
        Assert.Equal(("local-1", "certificate"), (http.Place?.Zone, http.Place?.ProvenBy));
    }

    [Fact]
    public async Task Certificate_OfAPlaceAlone_LeavesTheCallerToTheToken()
    {
        var caller = await CallerAsync(_issuer.Token(Now), Caller(Desk));

        Assert.StartsWith("u-", caller.KeyId, StringComparison.Ordinal);
        Assert.Equal("certificate", caller.Place?.ProvenBy);
        var (status, _) = await AskAsync(null, Caller(Desk));
        Assert.Equal(HttpStatusCode.Unauthorized, status);
    }

    [Fact]
    public async Task Credentials_OfEqualRights_AreOneCallerAndOthersAreRefused()
    {
        var equal = await CallerAsync(_issuer.Token(Now), Caller(Press));
        Assert.StartsWith("u-", equal.KeyId, StringComparison.Ordinal);

        var (status, error) = await AskAsync(_issuer.Token(Now, new() { ["scope"] = "bailiwick.use bailiwick.operate" }), Caller(Press));

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.StartsWith("The client certificate and the Authorization header give different rights", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        // A good certificate does not make up for a bad token.
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync("nonsense", Caller(Press))).Status);
    }

    public static TheoryData<string, string> RefusedCertificates => new()
    {
        { "stranger", "The client certificate names nobody that this cluster knows." },
        { "other-authority", "The client certificate is not valid under the authority that this cluster trusts." },
        { "server-end", "The client certificate is not valid under the authority that this cluster trusts." },
        { "self-signed", "The client certificate is not valid under the authority that this cluster trusts." },
        { "old", "The client certificate is not valid" },
    };

    [Theory]
    [MemberData(nameof(RefusedCertificates))]
    public async Task Certificate_ThatIsNotGood_Is401WithASentence(string what, string sentence)
    {
        using var other = KeysAuthority.Create("site", Now, Now.AddDays(10));
        using var old = KeysAuthority.Create("site", Now.AddDays(-9), Now.AddDays(-2));
        var certificate = what switch
        {
            "stranger" => Caller("spiffe://office/stranger"),
            "other-authority" => Caller(Press, other),
            "server-end" => Keep(KeysAuthority.IssueDoor(_authority, ["localhost"], Now, Now.AddDays(1))),
            "self-signed" => Keep(KeysAuthority.Create("me", Now, Now.AddDays(1))),
            _ => Keep(KeysAuthority.IssueCaller(old, new Uri(Press), Now.AddDays(-8), Now.AddDays(-3))),
        };

        var (status, error) = await AskAsync(null, certificate);

        Assert.Equal((HttpStatusCode.Unauthorized, "unauthenticated"), (status, error.GetProperty("code").GetString()));
        Assert.StartsWith(sentence, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_PutOnTheList_IsRefusedOnItsOpenConnectionWithinASecond()
    {
        var certificate = Caller(Press);
        using var client = Client(null, certificate);
        using (var before = await client.GetAsync(_host.At(_host.Listen.Http, "/v1/models")))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        File.WriteAllText(_issuer.RevokedFile, "sha256:" + certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256).ToLowerInvariant());
        var since = TimeProvider.System.GetTimestamp();
        HttpStatusCode status;
        do
        {
            using var answer = await client.GetAsync(_host.At(_host.Listen.Http, "/v1/models"));
            status = answer.StatusCode;
        }
        while (status is HttpStatusCode.OK && TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(10));

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        // One second is the promise; a loaded machine may hold this process up.
        Assert.InRange(TimeProvider.System.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Door_ThatRequiresCertificates_RefusesAKeyAloneWithASentence()
    {
        await using var strict = await StartAsync(ClientCertificateUse.Required);
        using var client = Client(strict.Keyring.Add("inference"), null);

        using var answer = await client.GetAsync(strict.At(strict.Listen.Http, "/v1/models"));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("This door asks for a client certificate, and none came.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Door_WithTls_AnswersNoPlainRequest()
    {
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://127.0.0.1:{_host.Listen.Http}/v1/models")));
    }

    private async Task<DoorHost> StartAsync(ClientCertificateUse use)
    {
        var options = _issuer.Callers();
        options.Revoked = _issuer.RevokedFile;
        options.Certificates.Add(new()
        {
            Uri = Press, Jurisdiction = "local", Class = "public", Purpose = "service-provision", Tenant = "quick-start", Scopes = { "inference" },
            Zone = "local-1",
        });
        options.Certificates.Add(new() { Uri = Desk, Zone = "local-1" });
        var faults = new List<string>();
        var words = PolicyLoader.Load(File.ReadAllBytes(Repository.Fixture("residency", "sample.yaml"))).Policy!.Vocabulary;
        var callers = new CallerValidation(words, faults).Validate(options);
        Assert.Empty(faults);
        var door = Keep(KeysAuthority.IssueDoor(_authority, ["127.0.0.1"], Now, Now.AddDays(1)));
        return await DoorHost.StartAsync(callers, new TlsModel(new DoorPair(door, []), use, _authority));
    }

    /// <summary>The caller that a turn at the HTTP door was given.</summary>
    private async Task<Bailiwick.Silo.Turns.Caller> CallerAsync(string? token, X509Certificate2? certificate)
    {
        _host.Turns.Play(ScriptedTurns.Started, ScriptedTurns.Tokens("Hi"), ScriptedTurns.Whole);
        using var client = Client(token, certificate);
        using var body = new StringContent("""{"model": "tiny", "messages": [{"role": "user", "content": "x"}]}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(_host.At(_host.Listen.Http, "/v1/chat/completions"), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return _host.Turns.Caller!;
    }

    private async Task<Bailiwick.Silo.Turns.Caller> GrpcCallerAsync(string? token, X509Certificate2? certificate)
    {
        _host.Turns.Play(ScriptedTurns.Started, ScriptedTurns.Tokens("Hi"), ScriptedTurns.Whole);
        using var channel = GrpcChannel.ForAddress(_host.At(_host.Listen.Grpc, ""), new GrpcChannelOptions { HttpHandler = Handler(certificate), DisposeHttpClient = true });
        using var call = new InferenceService.InferenceServiceClient(channel).Chat(
            new ChatRequest { Model = "tiny", Messages = { new Message { Role = "user", Content = "x" } } }, token is null ? [] : DoorHost.Bearer(token));
        while (await call.ResponseStream.MoveNext(default))
        {
            // To the end.
        }

        return _host.Turns.Caller!;
    }

    private async Task<(HttpStatusCode Status, JsonElement Error)> AskAsync(string? token, X509Certificate2? certificate)
    {
        using var client = Client(token, certificate);
        using var answer = await client.GetAsync(_host.At(_host.Listen.Http, "/v1/models"));
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, body.RootElement.TryGetProperty("error", out var error) ? error.Clone() : default);
    }

    private HttpClient Client(string? token, X509Certificate2? certificate)
    {
        var client = new HttpClient(Handler(certificate));
        client.DefaultRequestHeaders.Authorization = token is null ? null : new("Bearer", token);
        return client;
    }

    private SocketsHttpHandler Handler(X509Certificate2? certificate) => new()
    {
        SslOptions = new()
        {
            CertificateChainPolicy = ClientCertificates.Policy(_authority),
            ClientCertificates = certificate is null ? null : [certificate],
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
        },
    };

    private X509Certificate2 Caller(string uri, X509Certificate2? authority = null) =>
        Keep(KeysAuthority.IssueCaller(authority ?? _authority, new Uri(uri), Now, Now.AddDays(1)));

    private X509Certificate2 Keep(X509Certificate2 certificate)
    {
        _certificates.Add(certificate);
        return certificate;
    }
}
