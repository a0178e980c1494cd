using Bailiwick.Tests.Architecture;

namespace Bailiwick.Tests.Observation;

/// <summary>infra/grafana: every board keeps the house rules, and the rules find what breaks them.</summary>
public sealed class BoardTests
{
    private static string Overview => File.ReadAllText(Path.Combine(Repository.Root, "infra/grafana/dashboards/bailiwick/overview.json"));

    private static string Alerts => File.ReadAllText(Path.Combine(Repository.Root, "infra/prometheus/alerts.yml"));

    public static TheoryData<string> Boards => [.. Directory.EnumerateFiles(
        Path.Combine(Repository.Root, "infra/grafana/dashboards"), "*.json", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path))];

    [Theory]
    [MemberData(nameof(Boards))]
    public void Board_OfTheTree_KeepsTheHouseRules(string path) => Rules.Hold(BoardLint.Faults(File.ReadAllText(Path.Combine(Repository.Root, path))));

    [Theory]
    [InlineData("\"editable\": false", "\"editable\": true", "board: is editable")]
    [InlineData("\"schemaVersion\": 39", "\"schemaVersion\": 43", "board: schemaVersion must lie between 39 and 42")]
    [InlineData("\"uid\": \"bailiwick-overview\"", "\"uid\": \"Qx7 1\"", "board: uid is not a fixed kebab word")]
    [InlineData("\"name\": \"model\"", "\"name\": \"m\"", "board: no variable 'model'")]
    [InlineData("\"unit\": \"percentunit\"", "\"unit\": \"pints\"", "KV blocks in use: unit is missing or not known")]
    [InlineData("Runbook: runbooks/BailiwickAuditLag.md", "Nothing", "Audit lag: the description names no runbook")]
    [InlineData("sum(up{job=~\\\"$job\\\", ", "sum(up{", "Silos: up is not selected by job and instance")]
    [InlineData("max(bailiwick_audit_lag_records{", "rate(bailiwick_audit_lag_records{", "Audit lag: bailiwick_audit_lag_records: counters stand in rate or increase, gauges do not")]
    [InlineData("(rate(bailiwick_turns_total", "(max(bailiwick_turns_total", "Turns by end: bailiwick_turns_total: counters stand in rate or increase, gauges do not")]
    [InlineData("bailiwick_turns_total: turns", "turns", "Turns by end: the description does not name bailiwick_turns_total")]
    public void Board_ThatBreaksARule_IsNamed(string good, string bad, string fault)
    {
        var broken = Overview.Replace(good, bad, StringComparison.Ordinal);
        Assert.NotEqual(Overview, broken);
        Assert.Contains(fault, BoardLint.Faults(broken));
    }

    [Fact]
    public void Metric_WithoutASelector_IsNamed() => Assert.Contains(
        "Audit lag: bailiwick_audit_lag_records has no selector",
        BoardLint.Faults(Overview.Replace(
            "max(bailiwick_audit_lag_records{job=~\\\"$job\\\", instance=~\\\"$instance\\\"})", "max(bailiwick_audit_lag_records)", StringComparison.Ordinal)));

    [Fact]
    public void Range_OtherThanTheVariable_IsNamed() => Assert.Contains(
        "Turns by end: bailiwick_turns_total has the range [5m], not $__rate_interval",
        BoardLint.Faults(Overview.Replace("[$__rate_interval]", "[5m]", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Boards))]
    public void Lines_OfABoard_AreTheAlertsThatItsPanelsName(string path) =>
        Rules.Hold(BoardLint.Lines(File.ReadAllText(Path.Combine(Repository.Root, path)), Alerts));

    [Fact]
    public void Line_ElsewhereThanItsAlert_IsNamed() => Assert.Equal(
        ["Audit lag: its line is at 1000, BailiwickAuditLag fires at > 2000"],
        BoardLint.Lines(Overview, Alerts.Replace("bailiwick_audit_lag_records > 1000", "bailiwick_audit_lag_records > 2000", StringComparison.Ordinal)));

    [Fact]
    public void Intervals_OfDataSourceAndScrape_AreOne()
    {
        Assert.Contains("timeInterval: 15s", File.ReadAllText(Path.Combine(Repository.Root, "infra/grafana/provisioning/datasources/prometheus.yaml")), StringComparison.Ordinal);
        Assert.Contains("scrape_interval: 15s", File.ReadAllText(Path.Combine(Repository.Root, "infra/prometheus/prometheus.yml")), StringComparison.Ordinal);
    }
}
