using System.Text.Json;
using Bailiwick.Text;
using Bailiwick.Text.Templates;
using Bailiwick.Text.Tokens;
using Bailiwick.Tests.Text.Templates;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Text.Tokens;

/// <summary>Client text forges no control token: the cases of the fixtures, for equality.</summary>
[Trait("Category", "Forgery")]
public sealed class ForgeryTests(ITestOutputHelper output)
{
    private const string LoneSurrogate = "@@D800@@";

    [Fact]
    public void Find_OwnTemplates_GivesTheControlsOfTheFixture() =>
        Assert.Equal(59, CheckAll(ForgeryTemplate.Read(ForgeryTemplate.OwnFile, published: false)));

    [VectorsFact]
    public void Find_PublishedTemplates_GivesTheControlsOfTheFixture() =>
        Assert.Equal(16, CheckAll(ForgeryTemplate.PublishedFiles.SelectMany(file => ForgeryTemplate.Read(file, published: true))));

    [Fact]
    public void Choose_OwnTemplates_GivesTheControlSetOfTheFixture()
    {
        foreach (var template in ForgeryTemplate.Read(ForgeryTemplate.OwnFile, published: false))
        {
            var controls = ControlSet.Choose(template.Added, template.Source, []);
            Assert.Equal(template.ControlTexts, controls.Tokens.Select(token => token.Content));
        }
    }

    private int CheckAll(IEnumerable<ForgeryTemplate> templates)
    {
        var (cases, withIds) = (0, 0);
        foreach (var template in templates)
        {
            var chat = ChatTemplate.Parse(template.Source);
            foreach (var @case in template.Cases)
            {
                withIds += Check(template, chat, @case) ? 1 : 0;
                cases++;
            }
        }

        output.WriteLine($"{cases} cases, {withIds} of them with ids");
        return cases;
    }

    /// <summary>Whether the case has ids too.</summary>
    private static bool Check(ForgeryTemplate template, ChatTemplate chat, JsonElement @case)
    {
        if (@case.GetRawText().Contains(LoneSurrogate, StringComparison.Ordinal))
        {
            CheckLoneSurrogate(template, chat, @case);
            return false;
        }

        var context = TemplateCase.ContextOf(@case.GetProperty("context"));
        var rendered = chat.Render(context);
        var controls = template.Controls(@case.GetProperty("context"));
        Assert.Equal(@case.GetProperty("expected_text").GetString(), rendered.Text);
        Assert.Equal(Expected(@case, "control"), Found(controls, rendered));
        Assert.Equal(
            Expected(@case, IsSame(@case, "naive") ? "control" : "naive"),
            Found(controls, OriginText.FromTemplate(rendered.Text)));
        if (@case.TryGetProperty("control_reasoning", out _))
        {
            var trusting = chat.Render(context with { TrustedReasoning = new ReasoningTags("<think>", "</think>") });
            Assert.Equal(Expected(@case, "control_reasoning"), Found(controls, trusting));
        }

        return CheckIds(@case, rendered);
    }

    private static bool CheckIds(JsonElement @case, OriginText rendered)
    {
        if (!@case.TryGetProperty("ids", out var ids))
        {
            return false;
        }

        Assert.Equal(Tokenizers.Ids(ids), Tokenizers.SmolLm2.EncodeChat(rendered).Ids);
        Assert.Equal(
            Tokenizers.Ids(IsSame(@case, "naive_ids") ? ids : @case.GetProperty("naive_ids")),
            Tokenizers.SmolLm2.EncodeRecognising(rendered.Text));
        return true;
    }

    // Refusing is allowed, and so is U+FFFD; a token put together from the halves is not.
    private static void CheckLoneSurrogate(ForgeryTemplate template, ChatTemplate chat, JsonElement @case)
    {
        var withSurrogate = JsonSerializer.Deserialize<JsonElement>(
            @case.GetRawText().Replace(LoneSurrogate, "\\ud800", StringComparison.Ordinal));
        OriginText rendered;
        try
        {
            rendered = chat.Render(TemplateCase.ContextOf(withSurrogate.GetProperty("context")));
        }
        catch (InvalidChatException)
        {
            return;
        }

        Assert.Equal(@case.GetProperty("expected_text").GetString()!.Replace(LoneSurrogate, "\uFFFD", StringComparison.Ordinal), rendered.Text);
        Assert.Equal(Expected(@case, "control"), Found(template.Controls(@case.GetProperty("context")), rendered));
    }

    private static bool IsSame(JsonElement @case, string column) => @case.GetProperty(column).ValueKind == JsonValueKind.String;

    private static IEnumerable<(string Text, int Start, int Length)> Expected(JsonElement @case, string column) =>
        @case.GetProperty(column).EnumerateArray().Select(item => (item[0].GetString()!, item[1].GetInt32(), item[2].GetInt32()));

    private static IEnumerable<(string Text, int Start, int Length)> Found(ControlSet controls, OriginText rendered) =>
        controls.Find(rendered).Select(match =>
            (controls.Tokens.First(token => token.Id == match.Id).Content, match.Start, match.Length));
}
