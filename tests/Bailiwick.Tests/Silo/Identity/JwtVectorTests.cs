using System.Text.Json;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Tokens;
using Bailiwick.Tests.Evidence;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>tests/fixtures/jose/jwt.json: tokens with verdicts for one configuration at one time.</summary>
[Trait("Category", "Jose")]
public sealed class JwtVectorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-jose-").FullName;

    [Fact]
    public void Tokens_All148_GetTheirVerdicts()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Repository.Fixture("jose", "jwt.json")));
        var vectors = document.RootElement;
        var check = Check(vectors, _folder);

        var verdicts = vectors.Items("tests").Select(test =>
        {
            var fault = check.Check(test.Text("token"), out var credential);
            Assert.Equal(fault is TokenFault.None, credential is not null);
            return (Id: $"{test.Text("id")} {test.Text("name")}: {fault}", Accepted: credential is not null, Expected: test.Text("expect") == "accept");
        }).ToList();

        Assert.Empty(verdicts.Where(one => one.Accepted != one.Expected).Select(one => one.Id));
        Assert.Equal((148, 17), (verdicts.Count, verdicts.Count(one => one.Accepted)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The verifier that the vectors are for.</summary>
    internal static TokenCheck Check(JsonElement vectors, string folder)
    {
        var config = vectors.GetProperty("config");
        var keys = Path.Combine(folder, "keys.json");
        File.WriteAllText(keys, vectors.GetProperty("jwks").GetRawText());
        var model = new IssuerModel(
            config.Text("issuer"), config.Text("audience"), keys, [.. config.Items("algorithms").Select(one => one.GetString()!)],
            TimeSpan.FromSeconds(config.Number("clock_skew_seconds")), TimeSpan.FromSeconds(config.Number("max_lifetime_seconds")),
            new ClaimNames("sub", "tenant", "scope", null, null, null), new Dictionary<string, string> { ["de-mfa"] = "quick-start" },
            new Dictionary<string, string>(), new LabelCeiling(["local"], ["public"], ["service-provision"]));
        Assert.Equal((ulong)JwsForm.MaxCharacters, config.Number("max_token_bytes"));
        var issuer = new TokenIssuer(model, "test");
        Assert.Null(issuer.KeyFile.Refresh());
        var now = DateTimeOffset.FromUnixTimeSeconds(vectors.GetProperty("now").GetInt64());
        return new TokenCheck([issuer], new Pseudonyms(new byte[32]), () => RevokedCallers.None, new FakeTimeProvider(now));
    }
}
