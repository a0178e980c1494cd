using Bailiwick.Residency;
using Bailiwick.Residency.Loading;
using Bailiwick.Silo.Api.Auth;
using Bailiwick.Silo.Api.Tokens;
using Bailiwick.Silo.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Tests.Silo.Identity;

/// <summary>What a token gives its bearer, and what its issuer's configuration keeps from it.</summary>
public sealed class TokenCheckTests : IDisposable
{
    private readonly TestIssuer _issuer = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 1, 8, 0, 0, TimeSpan.Zero));
    private RevokedCallers? _revoked = RevokedCallers.None;

    [Fact]
    public void Token_ThatSaysNoLabel_GetsTheFirstOfEachList()
    {
        var fault = Make(out _).Check(_issuer.Token(_time.GetUtcNow()), out var credential);

        Assert.Equal(TokenFault.None, fault);
        Assert.Equal(new Label("local", "public", "service-provision", "quick-start"), credential!.Label);
        Assert.Equal(["inference"], credential.Scopes);
        Assert.True(Pseudonyms.IsOne(credential.Id));
    }

    [Fact]
    public void Token_WithinTheCeiling_GetsWhatItNames()
    {
        var check = Make(out _, options => options.Label.Classes.Add("internal"));

        check.Check(_issuer.Token(_time.GetUtcNow(), new() { ["class"] = "internal" }), out var credential);

        Assert.Equal("internal", credential!.Label.Class);
    }

    [Theory]
    [InlineData("internal")]
    [InlineData("PUBLIC")]
    [InlineData("public ")]
    [InlineData("")]
    [InlineData(7)]
    public void Token_AboveTheCeiling_IsRefusedAndNotCutDown(object @class) =>
        Assert.Equal(TokenFault.Label, Make(out _).Check(_issuer.Token(_time.GetUtcNow(), new() { ["class"] = @class }), out _));

    [Theory]
    [InlineData("quick-start")]
    [InlineData("other")]
    [InlineData("Office")]
    [InlineData(null)]
    public void Token_OfATenantThatItsIssuerMayNotSpeakFor_IsRefused(string? tenant) =>
        Assert.Equal(TokenFault.Tenant, Make(out _).Check(_issuer.Token(_time.GetUtcNow(), new() { ["tenant"] = tenant }), out _));

    [Fact]
    public void Token_WithWordsThatAreNoScopesHere_OpensNothing()
    {
        Make(out _).Check(_issuer.Token(_time.GetUtcNow(), new() { ["scope"] = "inference admin" }), out var none);
        Make(out _).Check(_issuer.Token(_time.GetUtcNow(), new() { ["scope"] = new[] { "bailiwick.operate", "bailiwick.use", "bailiwick.use" } }), out var list);

        Assert.Empty(none!.Scopes);
        Assert.Equal(["operations", "inference"], list!.Scopes);
    }

    /// <summary>Half of a surrogate pair is JSON by its grammar and no text: whoever sends it hears no and breaks nothing.</summary>
    [Theory]
    [InlineData("""{"alg":"RS256","kid":"key-1","\ud800":1}""", "{}")]
    [InlineData("""{"alg":"RS256","kid":"\ud800"}""", "{}")]
    [InlineData("""{"alg":"RS256","kid":"key-1"}""", """{"iss":"\ud800"}""")]
    [InlineData("""{"alg":"RS256","kid":"key-1"}""", """{"\ud800":1,"\ud800x":2,"iss":"a"}""")]
    [InlineData("{\"alg\":\"RS256\",\"kid\":\"key-1\",\"\xff\":1}", "{}")]
    public void Token_WithHalfACharacter_IsRefused(string header, string claims)
    {
        var parts = new[] { header, claims, "x" }.Select(part => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.Latin1.GetBytes(part)));

        Assert.NotEqual(TokenFault.None, Make(out _).Check(string.Join('.', parts), out var credential));

        Assert.Null(credential);
    }

    [Fact]
    public void Pseudonym_OfOneSubject_IsStableAndBoundToTenantAndIssuer()
    {
        var names = new Pseudonyms([.. Enumerable.Repeat((byte)0x55, 32)]);
        Make(out _).Check(_issuer.Token(_time.GetUtcNow()), out var first);
        Make(out _).Check(_issuer.Token(_time.GetUtcNow(), new() { ["jti"] = "2" }), out var second);

        Assert.Equal(names.Of("u-", "quick-start", TestIssuer.Issuer, "person-1"), first!.Id);
        Assert.Equal(first.Id, second!.Id);
        Assert.Equal(5, new[]
        {
            first.Id, names.Of("u-", "other", TestIssuer.Issuer, "person-1"), names.Of("u-", "quick-start", "https://other", "person-1"),
            names.Of("u-", "quick-start", TestIssuer.Issuer, "person-2"), new Pseudonyms(new byte[32]).Of("u-", "quick-start", TestIssuer.Issuer, "person-1"),
        }.Distinct().Count());
    }

    [Fact]
    public void Token_OfARevokedSubject_IsRefused()
    {
        var check = Make(out _);
        check.Check(_issuer.Token(_time.GetUtcNow()), out var credential);
        Assert.True(RevokedCallers.TryRead(System.Text.Encoding.UTF8.GetBytes($"# left the office\n{credential!.Id} # 2026-06-01\n"), out _revoked, out _));

        Assert.Equal(TokenFault.Revoked, check.Check(_issuer.Token(_time.GetUtcNow()), out var none));
        Assert.Null(none);
        Assert.Equal(TokenFault.None, check.Check(_issuer.Token(_time.GetUtcNow(), new() { ["sub"] = "person-2" }), out _));
    }

    [Fact]
    public void Tokens_WhileTheListOfRevokedOnesCannotBeRead_AreRefused()
    {
        _revoked = null;

        Assert.Equal(TokenFault.Revoked, Make(out _).Check(_issuer.Token(_time.GetUtcNow()), out _));
    }

    [Fact]
    public void Keys_RotatedInTheFile_CountFromTheNextReading()
    {
        var check = Make(out var issuer);
        _issuer.AddKey("key-2");
        var (old, next) = (_issuer.Token(_time.GetUtcNow()), _issuer.Token(_time.GetUtcNow(), key: "key-2"));
        Assert.Equal(TokenFault.UnknownKey, check.Check(next, out _));

        _issuer.Publish("key-1", "key-2");
        Assert.Null(issuer.KeyFile.Refresh());
        Assert.Equal((TokenFault.None, TokenFault.None), (check.Check(old, out _), check.Check(next, out _)));

        _issuer.Publish("key-2");
        Assert.Null(issuer.KeyFile.Refresh());
        Assert.Equal((TokenFault.UnknownKey, TokenFault.None), (check.Check(old, out _), check.Check(next, out _)));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("torn")]
    [InlineData("open")]
    public void Keys_ThatCannotBeRead_OpenNothing(string what)
    {
        var check = Make(out var issuer);
        var content = File.ReadAllBytes(_issuer.KeyFile);
        switch (what)
        {
            case "gone":
                File.Delete(_issuer.KeyFile);
                break;
            case "torn":
                File.WriteAllBytes(_issuer.KeyFile, content[..^3]);
                break;
            default:
                File.SetUnixFileMode(_issuer.KeyFile, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
                break;
        }

        Assert.NotNull(issuer.KeyFile.Refresh());
        Assert.Equal(TokenFault.UnknownKey, check.Check(_issuer.Token(_time.GetUtcNow()), out _));

        _issuer.Publish();
        Assert.Null(issuer.KeyFile.Refresh());
        Assert.Equal(TokenFault.None, check.Check(_issuer.Token(_time.GetUtcNow()), out _));
    }

    public void Dispose() => _issuer.Dispose();

    private TokenCheck Make(out TokenIssuer issuer, Action<IssuerOptions>? change = null)
    {
        var options = _issuer.Callers();
        change?.Invoke(options.Issuers[0]);
        var faults = new List<string>();
        var words = PolicyLoader.Load(File.ReadAllBytes(Repository.Fixture("residency", "sample.yaml"))).Policy!.Vocabulary;
        var model = new CallerValidation(words, faults).Validate(options);
        Assert.Empty(faults);
        issuer = new TokenIssuer(model.Issuers[0], "test");
        Assert.Null(issuer.KeyFile.Refresh());
        return new TokenCheck([issuer], new Pseudonyms(model.PseudonymKey!), () => _revoked, _time);
    }
}
