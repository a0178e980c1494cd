using System.Text.RegularExpressions;
using Bailiwick.Tests.Architecture;

namespace Bailiwick.Tests.Observation;

/// <summary>A page per alert, an alert per page, a test of the rule per alert.</summary>
public sealed partial class RunbookTests
{
    private static readonly string[] Headings = ["Trigger", "Impact", "Check", "Act", "Verify", "Escalate", "Evidence"];

    private static IReadOnlyList<string> Alerts => [.. AlertName().Matches(Read("infra/prometheus/alerts.yml")).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)];

    private static IReadOnlyList<string> Pages => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "runbooks"), "Bailiwick*.md")
        .Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Alerts_AndPages_AreTheSameNames()
    {
        Assert.True(Alerts.Count > 10, "no alerts were found");
        Assert.Equal(Alerts, Pages);
    }

    [Fact]
    public void Alerts_Each_LinksItsPageAndIsTested()
    {
        var (rules, tests) = (Read("infra/prometheus/alerts.yml"), Read("infra/prometheus/alerts.test.yml"));
        Rules.Hold(Alerts.Where(alert => !rules.Contains($"runbook_url: /runbooks/{alert}.md", StringComparison.Ordinal)));
        Rules.Hold(Alerts.Where(alert => !tests.Contains($"alertname: {alert}\n        exp_alerts:\n", StringComparison.Ordinal)));
    }

    [Fact]
    public void Pages_Each_HaveEveryHeadingInOrderAndATopLine()
    {
        foreach (var page in Pages)
        {
            var text = Read($"runbooks/{page}.md");
            Assert.StartsWith($"# {page}\n\nSeverity: ", text, StringComparison.Ordinal);
            Assert.Equal(Headings, Heading().Matches(text).Select(match => match.Groups[1].Value));
        }
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex AlertName();

    [GeneratedRegex(@"^## (\w+)", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
