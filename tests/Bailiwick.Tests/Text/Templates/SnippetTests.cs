using System.Text.Json;
using Bailiwick.Text.Templates;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>Small templates, one construct each, against the text that jinja2 gives for them.</summary>
[Trait("Category", "Reference")]
public sealed class SnippetTests
{
    [Fact]
    public void Render_EverySnippet_GivesTheTextOfJinja2()
    {
        using var fixture = JsonDocument.Parse(File.ReadAllText(Repository.Fixture("text", "jinja-snippets.json")));
        var context = TemplateCase.ContextOf(fixture.RootElement.GetProperty("context"));
        var cases = fixture.RootElement.GetProperty("cases").EnumerateArray().ToList();
        Assert.NotEmpty(cases);
        var differences = cases.Select(snippet => Difference(snippet, context)).OfType<string>().ToList();
        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    private static string? Difference(JsonElement snippet, TemplateContext context)
    {
        var source = snippet.GetProperty("source").GetString()!;
        string? Field(string name) => snippet.TryGetProperty(name, out var value) ? value.GetString() : null;
        try
        {
            var text = ChatTemplate.Parse(source).Render(context).Text;
            return text == Field("expected") ? null : $"{source}\n  gives {text}\n  instead of {Field("expected") ?? "an error"}";
        }
        catch (TemplateRaisedException raised)
        {
            return raised.Message == Field("raised") ? null : $"{source}\n  raised {raised.Message}";
        }
        catch (TemplateException error)
        {
            return Field("error") is not null ? null : $"{source}\n  failed with {error.Message}\n  expected {Field("expected")}";
        }
    }
}
