using Bailiwick.Cli.Verbs;

namespace Bailiwick.Tests.Cli;

/// <summary>What `bailiwick up` makes of a policy, and that it touches nothing where it refuses one.</summary>
public sealed class UpPolicyTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly Models.Weights.TemporaryFolder _folder = new();

    private SitePaths Paths => new(_folder.Path);

    [Fact]
    public void Policy_NoneGiven_IsTheSample()
    {
        var taken = UpPolicy.Take(Paths, null, null, Now);

        Assert.Equal(("local", "local-1", "public", true), (taken.Jurisdiction, taken.Zone, taken.Label.Class, taken.IsServed));
        Assert.Equal(File.ReadAllBytes(Repository.Fixture("residency", "sample.yaml")), File.ReadAllBytes(Paths.Policy));
    }

    [Fact]
    public void Policy_WhoseFirstWordsAreNotAllowedHere_GivesTheFirstKeyALabelThatIs()
    {
        // Nothing public may be asked, and only for the second purpose.
        var file = Given(text => text
            .Replace("label: {class: public}", "label: {class: internal, purpose: assist}", StringComparison.Ordinal)
            .Replace("purposes: [service-provision]", "purposes: [service-provision, assist]", StringComparison.Ordinal));

        var taken = UpPolicy.Take(Paths, file, "local-1", Now);

        Assert.Equal(("internal", "assist", true), (taken.Label.Class, taken.Label.Purpose, taken.IsServed));
    }

    [Fact]
    public void Policy_ThatAllowsNothingHere_SaysSo() => Assert.False(UpPolicy.Take(
        Paths, Given(text => text.Replace("destination: {kind: caller, zone: local-1", "destination: {kind: tool, zone: local-1", StringComparison.Ordinal)), null, Now).IsServed);

    [Theory]
    [InlineData("title: One ministry in one zone", "title: Another", null, "Raise it.")]
    [InlineData("schema: 1", "schema: 9", null, "The policy is refused")]
    [InlineData("epoch: 1 ", "epoch: 2 ", "nowhere", "'nowhere' is not in the policy; it has local-1.")]
    public void Policy_ThatIsRefused_LeavesTheSitesOwn(string text, string other, string? zone, string sentence)
    {
        UpPolicy.Take(Paths, null, null, Now);
        var held = File.ReadAllBytes(Paths.Policy);

        var refused = Assert.Throws<CliException>(() =>
            UpPolicy.Take(Paths, Given(policy => policy.Replace(text, other, StringComparison.Ordinal)), zone, Now));

        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
        Assert.Equal(held, File.ReadAllBytes(Paths.Policy));
    }

    public void Dispose() => _folder.Dispose();

    private string Given(Func<string, string> edit)
    {
        var text = File.ReadAllText(Repository.Fixture("residency", "sample.yaml"));
        var edited = edit(text);
        Assert.NotEqual(text, edited);
        var file = _folder.File("given.yaml");
        File.WriteAllText(file, edited);
        return file;
    }
}
