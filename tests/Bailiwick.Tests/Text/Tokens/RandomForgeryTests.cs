using Bailiwick.Text;
using Bailiwick.Text.Templates;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Text.Tokens;

/// <summary>Random attacks over the own templates with a real vocabulary.</summary>
[Trait("Category", "Forgery")]
public sealed class RandomForgeryTests(ITestOutputHelper output)
{
    private const int RenderingsPerTemplate = 1000;
    private const int MostRefused = 2000;

    [Fact]
    public void EncodeChat_AdversarialContexts_GivesControlIdsOnlyWhereTheTemplateWroteThem()
    {
        var (rendered, plainForged) = (0, 0);
        foreach (var template in ForgeryTemplate.Read(ForgeryTemplate.OwnFile, published: false))
        {
            var model = template.Model();
            foreach (var prompt in Render(template))
            {
                Check(model, prompt);
                var naive = model.EncodeRecognising(prompt.Text).Count(model.Controls.Contains);
                plainForged += naive > model.Controls.Find(prompt).Count ? 1 : 0;
                rendered++;
            }
        }

        output.WriteLine($"{rendered} renderings; plain matching is forged in {plainForged} of them, this path in none");
        Assert.Equal(5 * RenderingsPerTemplate, rendered);
        Assert.InRange(plainForged, 1000, rendered);
    }

    private static IEnumerable<OriginText> Render(ForgeryTemplate template)
    {
        var chat = ChatTemplate.Parse(template.Source);
        var attack = new AdversarialChat(20261124, [.. template.ControlTexts]);
        var borders = template.Cases[0].GetProperty("context");
        var (bos, eos) = (borders.GetProperty("bos_token").GetString()!, borders.GetProperty("eos_token").GetString()!);
        for (int done = 0, refused = 0; done < RenderingsPerTemplate;)
        {
            OriginText prompt;
            try
            {
                prompt = chat.Render(attack.Next(bos, eos));
            }
            catch (TemplateException refusal)
            {
                Assert.True(++refused < MostRefused, $"{template.Name} refuses too many contexts: {refusal.Message}");
                continue;
            }

            done++;
            yield return prompt;
        }
    }

    private static void Check(ModelText model, OriginText prompt)
    {
        var encoded = model.EncodeChat(prompt);

        // Where the template wrote a control token shows without looking at the mask's use: plain matching over the
        // text with all client characters made harmless.
        var harmless = string.Concat(prompt.Text.Select((c, i) => prompt.OriginAt(i) == Origin.Client ? 'x' : c));
        var written = model.EncodeRecognising(harmless).Where(model.Controls.Contains);
        Assert.Equal(written, encoded.ControlPositions.Select(position => encoded.Ids[position]));
        Assert.Equal(encoded.ControlPositions.Length, encoded.Ids.Count(model.Controls.Contains));
        Assert.Equal(prompt.Text, model.Decode(encoded.Ids, showSpecial: true));
    }
}
