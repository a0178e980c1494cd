using System.Text.Json.Nodes;
using Bailiwick.Cli.Verbs;

namespace Bailiwick.Tests.Cli;

/// <summary>A later `up` writes silo.json anew, and leaves in it what only the operator can know.</summary>
public sealed class UpSiteTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bailiwick-up-").FullName;

    private string Configuration => Path.Combine(_folder, "silo.json");

    [Fact]
    public void Configuration_WithCallersAndLimitsOfTheOperator_KeepsThem()
    {
        File.WriteAllText(Configuration, """
            { // ours
              "zone": "old", "callers": {"issuers": [{"issuer": "https://id.test"}]}, "limits": [{"tenant": "a"}],
              "listen": {"tls": {"certificate": "old.pem", "clientCertificates": "required"}},
            }
            """);

        var kept = UpSite.Keep(Configuration, Made());

        Assert.Equal("""{"zone":"new","callers":{"issuers":[{"issuer":"https://id.test"}]},"limits":[{"tenant":"a"}],"listen":{"tls":{"certificate":"new.pem","clientCertificates":"required"}}}""", kept.ToJsonString());
    }

    [Fact]
    public void Configuration_ThatIsNewOrSaysNothingOfCallers_IsAsMade()
    {
        Assert.Equal(Made().ToJsonString(), UpSite.Keep(Configuration, Made()).ToJsonString());

        File.WriteAllText(Configuration, """{"zone": "old"}""");

        Assert.Equal(Made().ToJsonString(), UpSite.Keep(Configuration, Made()).ToJsonString());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("7")]
    public void Configuration_ThatIsNoJsonObject_IsLeftAloneWithASentence(string text)
    {
        File.WriteAllText(Configuration, text);

        var refusal = Assert.Throws<CliException>(() => UpSite.Keep(Configuration, Made()));

        Assert.Contains(Configuration, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(Configuration));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static JsonObject Made() => new()
    {
        ["zone"] = "new", ["callers"] = new JsonObject(), ["limits"] = new JsonArray(),
        ["listen"] = new JsonObject { ["tls"] = new JsonObject { ["certificate"] = "new.pem" } },
    };
}
