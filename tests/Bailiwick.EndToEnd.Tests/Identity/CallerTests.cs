using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Bailiwick.Client;
using Bailiwick.EndToEnd.Tests.Failover;
using Bailiwick.EndToEnd.Tests.Silo;
using Bailiwick.Evidence;
using Bailiwick.Protocol;
using Bailiwick.Protocol.Inference.V1;
using Bailiwick.Silo.Api.Auth;
using Grpc.Core;
using Xunit.Abstractions;

namespace Bailiwick.EndToEnd.Tests.Identity;

/// <summary>
/// A token of OpenIddict and a client certificate at a real cluster: both doors answer, and the log names tenant, label and pseudonym; what is
/// expired, foreign or tampered with is refused with a sentence; limits hold and are told.
/// </summary>
[Trait("Category", "Identity")]
public sealed class CallerTests(ClusterSite cluster, ITestOutputHelper output) : IClassFixture<ClusterSite>
{
    private const string Boundary = "identity";
    private const string Press = "spiffe://office/press";
    private const int Limit = 12;

    [Fact]
    public Task Callers_ByTokenAndByCertificate_AreTheirTenantsInTheLog() => cluster.TellAsync(output, RunAsync);

    private async Task RunAsync()
    {
        await using var issuer = await OpenIddictIssuer.StartAsync("key-1", TimeProvider.System);
        await using var earlier = await OpenIddictIssuer.StartAsync("key-0", new Earlier(TimeSpan.FromHours(2)));
        var (keys, pseudonyms, revoked) = (cluster.Site.At("issuer.json"), cluster.Site.At("pseudonym.key"), cluster.Site.At("revoked"));
        // Both issuers' keys are in the file: what is refused below is not refused for its key.
        await File.WriteAllTextAsync(keys, Joined(await issuer.KeysAsync(), await earlier.KeysAsync()));
        await File.WriteAllTextAsync(revoked, "");
        await RanAsync("keys", "pseudonym", pseudonyms);
        await RanAsync("keys", "door", cluster.Site.At("door"), "--ca", cluster.Site.At("keys"), "--name", "127.0.0.1", "--name", "localhost");
        await RanAsync("keys", "caller", cluster.Site.At("press"), "--ca", cluster.Site.At("keys"), "--uri", Press);
        var callers = new
        {
            networks = new[] { new { network = "127.0.0.0/8", zone = "local-1" } },
            pseudonymKey = pseudonyms,
            revoked,
            issuers = new[]
            {
                new
                {
                    issuer = OpenIddictIssuer.Name, audience = OpenIddictIssuer.Audience, keys,
                    tenants = new Dictionary<string, string> { ["office"] = "quick-start" },
                    scopes = new Dictionary<string, string> { ["bailiwick.use"] = "inference" },
                    label = new { jurisdictions = new[] { "local" }, classes = new[] { "public" }, purposes = new[] { "service-provision" } },
                },
            },
            certificates = new[]
            {
                new
                {
                    uri = Press, jurisdiction = "local", @class = "public", purpose = "service-provision", tenant = "quick-start",
                    scopes = new[] { "inference" }, zone = "local-1",
                },
            },
        };
        var profile = await cluster.ProfileAsync("""{"steps_per_second": 0, "prefill_tokens_per_second": 0}""");
        var nodes = await cluster.StartAsync([ClusterSite.Worker(Boundary, "w1", 0, profile), new SiloSetup(Boundary, "g1")
        {
            Roles = ["gateway"],
            Grpc = SiteFixture.FreePort(),
            Http = SiteFixture.FreePort(),
            Callers = callers,
            Limits = [new { tenant = "quick-start", per = "key", requestsPerMinute = Limit, tokensPerMinute = 100_000 }],
            Tls = new { certificate = cluster.Site.At("door", "door.pem"), key = cluster.Site.At("door", "door.key"), clientCertificates = "optional" },
        }]);
        var gateway = nodes[1];
        using var authority = X509CertificateLoader.LoadCertificateFromFile(cluster.Site.At("keys", "ca.pem"));
        using var certificate = X509Certificate2.CreateFromPemFile(cluster.Site.At("press", "caller.pem"), cluster.Site.At("press", "caller.key"));
        var site = new Site(gateway, authority);
        var admin = await cluster.KeyAsync("admin");
        using (var client = site.Sdk(admin, null))
        {
            await cluster.IdleAsync(client, 1);
        }

        // The token, at both doors.
        var token = await issuer.TokenAsync("person-1", "office");
        using (var client = site.Sdk(token, null))
        {
            Assert.NotNull((await AnswerRecord.ReadAsync(client, Ask(), 0, null, CancellationToken.None)).Ended);
        }

        var (status, _, headers) = await site.HttpAsync(token, null);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal($"{Limit}", Header(headers, "x-ratelimit-limit-requests"));
        Assert.InRange(int.Parse(Header(headers, "x-ratelimit-remaining-requests"), System.Globalization.CultureInfo.InvariantCulture), 1, Limit - 1);
        Assert.Equal("100000", Header(headers, "x-ratelimit-limit-tokens"));
        Assert.EndsWith("s", Header(headers, "x-ratelimit-reset-requests"), StringComparison.Ordinal);

        // What is wrong with a token, told where its signature is good.
        await RefusedAsync(site, await earlier.TokenAsync("person-1", "office"), "The token has expired.");
        await RefusedAsync(site, await issuer.TokenAsync("person-1", "neighbour"), "The token names no tenant that its issuer may speak for here.");
        await using (var foreign = await OpenIddictIssuer.StartAsync("key-1", TimeProvider.System))
        {
            await RefusedAsync(site, await foreign.TokenAsync("person-1", "office"), "No valid API key or token came with the request");
        }

        await RefusedAsync(site, token[..^6] + "AAAAAA", "No valid API key or token came with the request");

        // The certificate, at both doors.
        using (var client = site.Sdk(null, certificate))
        {
            Assert.NotNull((await AnswerRecord.ReadAsync(client, Ask(), 0, null, CancellationToken.None)).Ended);
        }

        Assert.Equal(HttpStatusCode.OK, (await site.HttpAsync(null, certificate)).Status);

        // The limit of one key: refused at both doors, with the time to wait; another caller is not held up.
        var spent = HttpStatusCode.OK;
        for (var asked = 0; asked < 2 * Limit && spent is HttpStatusCode.OK; asked++)
        {
            (spent, var body, headers) = await site.HttpAsync(token, null);
            if (spent is HttpStatusCode.TooManyRequests)
            {
                Assert.Equal("quota", body.GetProperty("error").GetProperty("code").GetString());
                Assert.InRange(headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
                Assert.Equal("0", Header(headers, "x-ratelimit-remaining-requests"));
            }
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, spent);
        using (var client = site.Sdk(token, null, attempts: 0))
        {
            var quota = await Assert.ThrowsAsync<BailiwickException>(() => AnswerRecord.ReadAsync(client, Ask(), 0, null, CancellationToken.None));
            Assert.Equal((StatusCode.ResourceExhausted, Errors.Quota.Code), (quota.Status, quota.Code));
            Assert.NotNull(quota.RetryAfter);
        }

        Assert.Equal(HttpStatusCode.OK, (await site.HttpAsync(null, certificate)).Status);

        // The log, and a name from it that is let in no more.
        var (report, leaves) = await cluster.PackAsync("identity", gateway, admin, authority);
        Assert.True(report.FindingCount == 0 && report.OpenIntents == 0, string.Join('\n', report.Findings));
        var intents = leaves.OfType<IntentLeaf>().ToList();
        Assert.All(intents, intent => Assert.Equal(new LabelPart("local", "public", "service-provision", "quick-start"), intent.Label));
        var names = new Pseudonyms(Convert.FromHexString((await File.ReadAllTextAsync(pseudonyms)).Trim()));
        var person = names.Of(Pseudonyms.TokenPrefix, "quick-start", OpenIddictIssuer.Name, "person-1");
        Assert.Equal(
            [(names.Of(Pseudonyms.CertificatePrefix, "quick-start", "uri", Press), "local-1", "certificate"), (person, "local-1", "contract")],
            intents.Select(intent => (intent.Caller.Subject, intent.Caller.Zone, intent.Caller.ProvenBy)).Distinct().Order());
        await File.WriteAllTextAsync(revoked, person + "\n");
        await Condition.HoldsAsync("the revoked subject to be refused", TimeSpan.FromSeconds(10), async _ =>
        {
            var (now, body, _) = await site.HttpAsync(token, null);
            return (now is HttpStatusCode.Unauthorized, body.ToString());
        });
        await RefusedAsync(site, token, "The subject of the token is revoked here.");
    }

    private static async Task RefusedAsync(Site site, string token, string sentence)
    {
        var (status, body, headers) = await site.HttpAsync(token, null);
        var error = body.GetProperty("error");
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthenticated"), (status, error.GetProperty("code").GetString()));
        Assert.StartsWith(sentence, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("Bearer", headers.WwwAuthenticate.Single().Scheme);
        using var client = site.Sdk(token, null, attempts: 0);
        var refusal = await Assert.ThrowsAsync<BailiwickException>(() => AnswerRecord.ReadAsync(client, Ask(), 0, null, CancellationToken.None));
        Assert.Equal(StatusCode.Unauthenticated, refusal.Status);
        Assert.StartsWith(sentence, refusal.Message, StringComparison.Ordinal);
    }

    private static ChatRequest Ask() => new()
    {
        Model = ClusterSite.Model,
        Messages = { new Message { Role = "user", Content = "x" } },
        Settings = new Settings { MaxTokens = 4 },
    };

    private static string Header(HttpResponseHeaders headers, string name) => headers.GetValues(name).Single();

    private static string Joined(params string[] sets)
    {
        var keys = sets.SelectMany((set, index) =>
        {
            using var document = JsonDocument.Parse(set);
            return document.RootElement.GetProperty("keys").EnumerateArray().Select(key => key.GetRawText()).ToList();
        });
        return $$"""{"keys": [{{string.Join(", ", keys)}}]}""";
    }

    private static async Task RanAsync(params string[] arguments)
    {
        var (exitCode, told, error) = await Executable.RunAsync("dotnet", [Executable.Cli, .. arguments]);
        Assert.True(exitCode == 0, told + error);
    }

    /// <summary>The gateway, as its two kinds of clients see it.</summary>
    private sealed record Site(ClusterNode Gateway, X509Certificate2 Authority)
    {
        public BailiwickClient Sdk(string? key, X509Certificate2? certificate, int attempts = 8) => new(new BailiwickClientOptions
        {
            Gateways = [Gateway.Grpc], Key = key, Authority = Authority, Certificate = certificate, Attempts = attempts,
        });

        public async Task<(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers)> HttpAsync(string? token, X509Certificate2? certificate)
        {
            using var http = new HttpClient(new SocketsHttpHandler { SslOptions = GatewayTls.Of(Authority, certificate) }) { BaseAddress = Gateway.Http };
            http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            using var body = new StringContent(
                JsonSerializer.Serialize(new { model = ClusterSite.Model, max_tokens = 4, messages = new[] { new { role = "user", content = "x" } } }),
                Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync("/v1/chat/completions", body);
            using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return (answer.StatusCode, document.RootElement.Clone(), answer.Headers);
        }
    }

    /// <summary>A clock that is behind: what it issues is over.</summary>
    private sealed class Earlier(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - by;
    }
}
