using Bailiwick.Text;
using Bailiwick.Text.Templates;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>
/// Are the masks exact? Client characters are exchanged for others of their class and the template renders again: what
/// changes came from the client, what does not came from the template.
/// </summary>
[Trait("Category", "Forgery")]
public sealed class MaskTests(ITestOutputHelper output)
{
    private const int Contexts = 5_000;

    private static readonly HashSet<string> StructuralWords = [.. RandomConversation.StructuralWords];

    [Fact]
    public void Render_ClientCharactersSubstituted_ChangesExactlyWhatIsMarkedClient()
    {
        var templates = ForgeryFixture.Own().OwnSources.Select(own => (own.Key, Template: ChatTemplate.Parse(own.Value))).ToList();
        var random = new Random(20261124);
        var (rendered, changed) = (0, 0);
        for (var i = 0; i < Contexts; i++)
        {
            var adversarial = i % 2 == 0;
            var (name, template) = templates[i % templates.Count];
            var context = new RandomConversation(random, adversarial).Next();
            var before = TryRender(template, context);
            var after = TryRender(template, RandomConversation.Substitute(context));
            Assert.Equal(before is null, after is null);
            if (before is null || after is null)
            {
                continue;
            }

            rendered++;
            changed += Compare($"context {i}, {name}", before, after, pure: !adversarial);
        }

        output.WriteLine($"{rendered} renderings, {changed} changed characters, all marked client");
        Assert.True(rendered > Contexts * 9 / 10, $"only {rendered} of {Contexts} contexts could be rendered");
    }

    private static int Compare(string what, OriginText before, OriginText after, bool pure)
    {
        Assert.True(before.Runs.SequenceEqual(after.Runs), what + ": the masks differ");
        var changed = 0;
        foreach (var run in before.Runs)
        {
            var stretch = before.Text.AsSpan(run.Start, run.Length);
            var different = 0;
            for (var at = 0; at < run.Length; at++)
            {
                var differs = stretch[at] != after.Text[run.Start + at];
                Assert.True(differs == RandomConversation.IsSubstituted(stretch[at]), $"{what}: character {run.Start + at}");
                different += differs ? 1 : 0;
            }

            Assert.True(run.Origin == Origin.Client || different == 0, $"{what}: client text in the template run at {run.Start}");
            // Without markers in the client's text all of it changes, but for the words that the template looks up.
            Assert.True(!pure || run.Origin == Origin.Template || different == run.Length || StructuralWords.Contains(stretch.ToString()),
                $"{what}: template text in the client run at {run.Start}");
            changed += different;
        }

        return changed;
    }

    private static OriginText? TryRender(ChatTemplate template, TemplateContext context)
    {
        try
        {
            return template.Render(context);
        }
        catch (TemplateRenderException)
        {
            return null;
        }
    }
}
