using Xunit.Abstractions;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>Text and origins of adversarial contexts, at the places where control tokens are or could be taken for such.</summary>
[Trait("Category", "Forgery")]
public sealed class OriginTests(ITestOutputHelper output)
{
    [Fact]
    public void Render_EveryOwnForgeryCase_GivesItsTextAndTrustsControlTextOfTheTemplateOnly() => Check(ForgeryFixture.Own());

    [VectorsFact]
    public void Render_EveryPublishedForgeryCase_GivesItsTextAndTrustsControlTextOfTheTemplateOnly() => Check(ForgeryFixture.Published());

    private void Check(ForgeryFixture fixture)
    {
        Assert.NotEmpty(fixture.Cases);
        var differences = fixture.Cases.Select(fixture.Difference).OfType<string>().ToList();
        output.WriteLine($"forgery cases {fixture.Cases.Count - differences.Count} / {fixture.Cases.Count}");
        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }
}
