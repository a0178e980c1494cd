using Bailiwick.Text.Templates;
using Xunit.Abstractions;

namespace Bailiwick.Tests.Text.Templates;

/// <summary>Seeded mutations of the own templates and of their contexts: only declared exceptions, within the limits.</summary>
[Trait("Category", "Hostile")]
public sealed class TemplateFuzzTests(ITestOutputHelper output)
{
    private static readonly TemplateLimits Limits = new() { MaxSteps = 50_000, MaxOutputCharacters = 100_000 };

    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "|", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", ".", ",", ":", "~", "**", "//", "%", "==",
        " if ", " else ", " for ", " in ", " not ", " is ", "loop", "messages", "range(9)", "| tojson", "| list", "| length", "raise_exception", "\n", "999999999", "1e9", "😀",
        "{% endif %}", "{% endfor %}", "{% break %}", "{% macro m(a, b=1) %}", "{% endmacro %}", "m(1)", "{% raw %}", "| map('upper')", "[::-1]", "namespace(a=1)",
    ];

    [Fact]
    public void ParseAndRender_MutatedTemplates_ThrowDeclaredExceptionsOnly()
    {
        var random = new Random(4711);
        var sources = ForgeryFixture.Own().OwnSources.Values.ToList();
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < 4_000; i++)
        {
            var source = Mutate(sources[random.Next(sources.Count)], random);
            var context = new RandomConversation(random, adversarial: true).Next();
            Count(outcomes, Target(source, context));
        }

        output.WriteLine(string.Join(", ", outcomes.Select(outcome => $"{outcome.Key} {outcome.Value}")));
        Assert.True(outcomes.GetValueOrDefault("rendered") > 200, "mutations that still render are the interesting ones");
    }

    [Fact]
    public void Render_MutatedConversations_ThrowDeclaredExceptionsOnly()
    {
        var random = new Random(815);
        var source = ForgeryFixture.Own().OwnSources["own-chatml"];
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < 2_000; i++)
        {
            var context = new RandomConversation(random, adversarial: true).Next();
            Count(outcomes, Target(source, context with { MessagesJson = Mutate(context.MessagesJson, random) }));
        }

        output.WriteLine(string.Join(", ", outcomes.Select(outcome => $"{outcome.Key} {outcome.Value}")));
        Assert.True(outcomes.GetValueOrDefault(nameof(InvalidChatException)) > 200, "mutations must reach the reader of JSON");
    }

    /// <summary>The fuzz target: every outcome but a declared exception is a bug.</summary>
    private static string Target(string source, TemplateContext context)
    {
        try
        {
            var text = ChatTemplate.Parse(source).Render(context, Limits);
            Assert.True(text.Length <= Limits.MaxOutputCharacters);
            return "rendered";
        }
        catch (TemplateException declared)
        {
            return declared.GetType().Name;
        }
    }

    private static string Mutate(string text, Random random)
    {
        for (var edits = random.Next(1, 4); edits > 0 && text.Length > 2; edits--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(1, 12), text.Length - at);
            text = random.Next(4) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                2 => text.Insert(at, text.Substring(random.Next(text.Length - length + 1), length)),
                _ => text[..at] + (char)random.Next(32, 127) + text[(at + 1)..],
            };
        }

        return text;
    }

    private static void Count(SortedDictionary<string, int> outcomes, string outcome) =>
        outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
}
