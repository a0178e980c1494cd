using System.Text.Json;
using Bailiwick.Text.Templates;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>Published templates against the text that transformers gives for them.</summary>
[Trait("Category", "Reference")]
public sealed class PublishedTemplateTests(ITestOutputHelper output)
{
    [VectorsFact]
    public void Render_EveryPublishedCase_GivesTheTextOfTransformers()
    {
        var cases = ReadCases();
        // TemplateLimits promises that published templates stay far away from its defaults.
        var limits = new TemplateLimits { MaxSteps = TemplateLimits.Default.MaxSteps / 100, MaxDepth = TemplateLimits.Default.MaxDepth / 10 };
        var failures = cases.Select(group => (group.Case, Failure: group.Case.Difference(group.Template, limits))).ToList();
        var (plain, python) = (failures.Where(f => !f.Case.IsPythonOnly).ToList(), failures.Where(f => f.Case.IsPythonOnly).ToList());
        output.WriteLine($"published {plain.Count(f => f.Failure is null)} / {plain.Count}, python_only {python.Count(f => f.Failure is null)} / {python.Count}");
        Assert.Equal(320, failures.Count);
        Assert.Empty(failures.Where(f => f.Failure is not null).Select(f => f.Failure));
    }

    private static List<(TemplateCase Case, ChatTemplate Template)> ReadCases()
    {
        var folder = Path.Combine(Repository.Vectors!, "chat-templates");
        var cases = new List<(TemplateCase, ChatTemplate)>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.cases.json").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file)[..^".cases.json".Length];
            var template = ChatTemplate.Parse(File.ReadAllText(Path.Combine(folder, name + ".jinja")));
            var listed = JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("cases").EnumerateArray();
            cases.AddRange(listed.Select(json => (new TemplateCase(name, json.GetProperty("name").GetString()!, json), template)));
        }

        return cases;
    }
}
